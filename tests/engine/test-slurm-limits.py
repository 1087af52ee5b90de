#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a Slurm takes at once, and what passes by itself. The programs of Slurm are played here, at the border: sbatch runs what it
is given at once, refuses what a real one would, and can be away. (test-slurm.py has a real one, of no limits.)"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import tap  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
TOP = tempfile.mkdtemp(prefix="ksl-")
BIN = f"{TOP}/bin"
os.mkdir(BIN)

SBATCH = """#!/bin/sh
last=; for word; do case $word in --array=0-*) last=${word#--array=0-};; esac; done
echo $((last + 1)) >> %(top)s/arrays
if [ -s %(top)s/refuse ]; then
	line=$(head -n 1 %(top)s/refuse); sed -i 1d %(top)s/refuse
	echo "$line" >&2; exit 1
fi
[ $((last + 1)) -le %(array)s ] || { echo 'sbatch: error: Batch job submission failed: Invalid job array specification' >&2; exit 1; }
[ $((last + 1)) -le %(submit)s ] || { echo 'sbatch: error: AssocMaxSubmitJobLimit' >&2; exit 1; }
while case $1 in --*) true;; *) false;; esac; do shift; done
i=0; while [ $i -le $last ]; do SLURM_ARRAY_TASK_ID=$i "$@" >> %(top)s/ran 2>&1; i=$((i + 1)); done
echo 7
"""


def programs(array, submit, config=True):
    limit = {"top": TOP, "array": array or 100000, "submit": submit or 100000}
    texts = {"sbatch": SBATCH % limit, "squeue": "#!/bin/sh\nexit 0\n", "scancel": "#!/bin/sh\nexit 0\n",
             "sacct": "#!/bin/sh\nexit 1\n",
             "scontrol": f"#!/bin/sh\nprintf 'Configuration data\\nMaxArraySize            = {array}\\nMaxDBDMsgs = 1\\n'\n",
             "sacctmgr": f"#!/bin/sh\nprintf '\\n{submit or ''}\\n'\n"}
    if not config:
        texts["scontrol"] = texts["sacctmgr"] = "#!/bin/sh\nexit 1\n"
    for name, text in texts.items():
        with open(f"{BIN}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(f"{BIN}/{name}", 0o755)


def run(name, jobs, refuse=""):
    for file in ("arrays", "ran"):
        if os.path.exists(f"{TOP}/{file}"):
            os.unlink(f"{TOP}/{file}")
    with open(f"{TOP}/refuse", "w", encoding="utf-8") as file:
        file.write(refuse)
    plan = f"{TOP}/{name}.json"
    with open(plan, "w", encoding="utf-8") as file:
        json.dump({"version": 1, "name": name,
                   "jobs": [{"name": f"{name}-{i}", "argv": ["sh", "-c", f"echo {i} > ${{output}}/x"], "needs": [], "cpus": 1,
                             "memory_mib": 10, "class": "c"} for i in range(jobs)]}, file)
    done = subprocess.run([KSIG, "engine", "run", plan, "--engine=slurm", "--poll=20", f"--state={TOP}/state-{name}"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120,
                          env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"})
    arrays = []
    if os.path.exists(f"{TOP}/arrays"):
        with open(f"{TOP}/arrays", encoding="ascii") as file:
            arrays = [int(line) for line in file]
    return done, arrays


AWAY = "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)\n"
for title, array, submit, config, jobs, expected in (
        ("MaxArraySize splits arrays", 3, None, True, 7, [3, 3, 1]),
        ("an array may be as large as MaxArraySize", 7, None, True, 7, [7]),
        ("MaxSubmitJobs is not exceeded", 1001, 2, True, 5, [2, 2, 1]),
        ("the lower of both counts", 2, 3, True, 5, [2, 1, 2]),
        ("one job at a time", 1, 1, True, 3, [1, 1, 1]),
        ("without an answer there is no limit but ksig's own", None, None, False, 5, [5])):
    programs(array, submit, config)
    done, arrays = run(f"p{array}-{submit}-{jobs}", jobs)
    tap.ok(done.returncode == 0 and arrays == expected, title, f"{arrays} {done.stdout}")
for title, array, submit, says in (("no arrays at all", 0, None, "MaxArraySize = 0"),):
    programs(array, submit)
    done, arrays = run("none", 2)
    tap.ok(done.returncode == 4 and says in done.stdout and not arrays, title, done.stdout)
programs(1001, None)
done, arrays = run("away", 2, AWAY * 3)
tap.ok(done.returncode == 0 and arrays == [2, 2, 2, 2], "a controller that is away is asked again in the same run", f"{arrays} {done.stdout}")
done, arrays = run("gone", 2, AWAY * 20)
tap.ok(done.returncode == 4 and "tried 6 times" in done.stdout and "Unable to contact" in done.stdout and len(arrays) == 6,
       "one that stays away ends the run, and how often it was asked is said", f"{arrays} {done.stdout}")
done, arrays = run("wrong", 2, "sbatch: error: Batch job submission failed: Invalid partition name specified\n" * 20)
tap.ok(done.returncode == 4 and "Invalid partition" in done.stdout and "tried" not in done.stdout and len(arrays) == 1,
       "what is refused for good is not tried again", f"{arrays} {done.stdout}")
shutil.rmtree(TOP)
tap.done()
