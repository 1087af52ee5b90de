// SPDX-License-Identifier: GPL-2.0-or-later
// validate.js FILE: the schema and all mandatory tests of CSAF 2.0; a line for each error, exit status 1 if there is one.
import { readFileSync } from "node:fs";
import validate from "@secvisogram/csaf-validator-lib/validateStrict.js";
import * as mandatory from "@secvisogram/csaf-validator-lib/mandatoryTests.js";
import { csaf_2_0_strict } from "@secvisogram/csaf-validator-lib/schemaTests.js";

const result = await validate([csaf_2_0_strict, ...Object.values(mandatory)], JSON.parse(readFileSync(process.argv[2], "utf8")));
for (const test of result.tests)
	for (const error of test.errors)
		console.log(test.name, error.instancePath, error.message);
process.exit(result.isValid && result.tests.length > 30 ? 0 : 1);
