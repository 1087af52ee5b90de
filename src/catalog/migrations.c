/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The schema, as the list of its versions. Version N is what migrations[0..N-1] make. A migration that has
 * been released is never edited: a change is a new element at the end.
 *
 * The checks do what STRICT tables do, which the SQLite of older distributions lacks.
 */
#include "catalog/migrations-internal.h"
#include "catalog/sqlite-error-internal.h"

#include <sqlite3.h>

/* "ksig" in the file's header: says whose file it is. */
enum { APPLICATION_ID = 0x6b736967 };

static const char breakdown_tables[] =
	"CREATE TABLE setting ("
	"  name TEXT NOT NULL PRIMARY KEY CHECK (typeof(name) = 'text'),"
	"  value TEXT NOT NULL CHECK (typeof(value) = 'text')) WITHOUT ROWID;"
	"CREATE TABLE upstream ("
	"  id INTEGER PRIMARY KEY,"
	"  name TEXT NOT NULL UNIQUE CHECK (typeof(name) = 'text' AND name <> ''),"
	"  argument TEXT NOT NULL);"
	"CREATE TABLE revision ("
	"  id INTEGER PRIMARY KEY,"
	"  position INTEGER NOT NULL UNIQUE CHECK (typeof(position) = 'integer' AND position >= 0),"
	"  label TEXT NOT NULL UNIQUE CHECK (typeof(label) = 'text' AND label <> ''),"
	"  argument TEXT,"
	"  tree TEXT CHECK (tree IS NULL OR length(tree) = 40),"
	"  commit_id TEXT CHECK (commit_id IS NULL OR length(commit_id) = 40),"
	"  date TEXT,"
	"  changed_lines INTEGER NOT NULL CHECK (typeof(changed_lines) = 'integer'),"
	"  explained_lines INTEGER NOT NULL CHECK (typeof(explained_lines) = 'integer'));"
	"CREATE TABLE patch ("
	"  id INTEGER PRIMARY KEY,"
	"  kind TEXT NOT NULL CHECK (kind IN ('exact', 'context', 'adapted', 'partial', 'revert', 'vendor')),"
	"  confidence REAL NOT NULL CHECK (typeof(confidence) = 'real' AND confidence BETWEEN 0 AND 1),"
	"  source TEXT,"
	"  upstream TEXT CHECK (upstream IS NULL OR upstream <> ''),"
	"  member TEXT,"
	"  subject TEXT NOT NULL CHECK (typeof(subject) = 'text'),"
	"  author TEXT, email TEXT, author_date TEXT, commit_date TEXT,"
	"  purpose TEXT);"
	"CREATE INDEX patch_upstream ON patch (upstream) WHERE upstream IS NOT NULL;"
	"CREATE INDEX patch_kind ON patch (kind);"
	"CREATE INDEX patch_source ON patch (source);"
	"CREATE TABLE step ("
	"  id INTEGER PRIMARY KEY,"
	"  patch_id INTEGER NOT NULL REFERENCES patch (id),"
	"  revision_id INTEGER NOT NULL REFERENCES revision (id),"
	"  position INTEGER NOT NULL UNIQUE CHECK (typeof(position) = 'integer' AND position > 0),"
	"  action TEXT NOT NULL CHECK (action IN ('introduce', 'rework', 'drop')),"
	"  commit_id TEXT CHECK (commit_id IS NULL OR length(commit_id) = 40));"
	"CREATE INDEX step_patch ON step (patch_id, action, revision_id);"
	"CREATE INDEX step_revision ON step (revision_id, position);"
	"CREATE INDEX step_commit ON step (commit_id) WHERE commit_id IS NOT NULL;"
	"CREATE UNIQUE INDEX step_introduce ON step (patch_id) WHERE action = 'introduce';"
	"CREATE TABLE step_file ("
	"  step_id INTEGER NOT NULL REFERENCES step (id),"
	"  path TEXT NOT NULL CHECK (typeof(path) = 'text' AND path <> ''),"
	"  added INTEGER NOT NULL CHECK (typeof(added) = 'integer' AND added >= 0),"
	"  removed INTEGER NOT NULL CHECK (typeof(removed) = 'integer' AND removed >= 0),"
	"  PRIMARY KEY (step_id, path)) WITHOUT ROWID;"
	"CREATE INDEX step_file_path ON step_file (path, step_id);"
	"CREATE TABLE evidence ("
	"  id INTEGER PRIMARY KEY,"
	"  patch_id INTEGER NOT NULL REFERENCES patch (id),"
	"  kind TEXT NOT NULL CHECK (typeof(kind) = 'text' AND kind <> ''),"
	"  text TEXT NOT NULL CHECK (typeof(text) = 'text'),"
	"  weight REAL NOT NULL CHECK (typeof(weight) = 'real'));"
	"CREATE INDEX evidence_patch ON evidence (patch_id);"
	"CREATE TABLE reference ("
	"  patch_id INTEGER NOT NULL REFERENCES patch (id),"
	"  kind TEXT NOT NULL CHECK (typeof(kind) = 'text' AND kind <> ''),"
	"  value TEXT NOT NULL CHECK (typeof(value) = 'text' AND value <> ''),"
	"  PRIMARY KEY (patch_id, kind, value)) WITHOUT ROWID;"
	"CREATE INDEX reference_value ON reference (kind, value, patch_id);"
	"CREATE TABLE entry ("
	"  id INTEGER PRIMARY KEY,"
	"  revision_id INTEGER NOT NULL REFERENCES revision (id),"
	"  release TEXT,"
	"  date TEXT,"
	"  position INTEGER NOT NULL CHECK (typeof(position) = 'integer'),"
	"  subject TEXT, subsystem TEXT, author TEXT, text TEXT,"
	"  patch_id INTEGER REFERENCES patch (id));"
	"CREATE INDEX entry_revision ON entry (revision_id, id);"
	"CREATE INDEX entry_patch ON entry (patch_id) WHERE patch_id IS NOT NULL;";

/* What each step touches, made from the objects when it is first asked for. */
static const char name_tables[] =
	"CREATE TABLE step_named (step_id INTEGER PRIMARY KEY REFERENCES step (id) ON DELETE CASCADE);"
	"CREATE TABLE step_name ("
	"  step_id INTEGER NOT NULL REFERENCES step (id) ON DELETE CASCADE,"
	"  kind TEXT NOT NULL CHECK (kind IN ('function', 'symbol', 'config')),"
	"  name TEXT NOT NULL CHECK (typeof(name) = 'text' AND name <> ''),"
	"  PRIMARY KEY (step_id, kind, name)) WITHOUT ROWID;"
	"CREATE INDEX step_name_name ON step_name (kind, name, step_id);";

static const char symbol_tables[] =
	"CREATE TABLE symbol ("
	"  id INTEGER PRIMARY KEY,"
	"  name TEXT NOT NULL UNIQUE CHECK (typeof(name) = 'text' AND name <> ''));"
	"CREATE TABLE symbol_export ("
	"  id INTEGER PRIMARY KEY,"
	"  symbol_id INTEGER NOT NULL REFERENCES symbol (id),"
	"  module TEXT NOT NULL, gpl_only INTEGER NOT NULL, namespace TEXT NOT NULL,"
	"  UNIQUE (symbol_id, module, gpl_only, namespace));"
	"CREATE TABLE symbol_set ("
	"  id INTEGER PRIMARY KEY,"
	"  digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),"
	"  size INTEGER NOT NULL);"
	"CREATE TABLE symbol_version ("
	"  symbol_id INTEGER NOT NULL REFERENCES symbol (id),"
	"  set_id INTEGER NOT NULL REFERENCES symbol_set (id),"
	"  export_id INTEGER NOT NULL REFERENCES symbol_export (id),"
	"  crc INTEGER, type_hash INTEGER,"
	"  PRIMARY KEY (symbol_id, set_id)) WITHOUT ROWID;"
	"CREATE TABLE symbol_kernel ("
	"  id INTEGER PRIMARY KEY,"
	"  label TEXT NOT NULL UNIQUE CHECK (typeof(label) = 'text' AND label <> ''),"
	"  release TEXT, flavour TEXT, architecture TEXT, vermagic TEXT, source TEXT,"
	"  set_id INTEGER NOT NULL REFERENCES symbol_set (id),"
	"  has_stable INTEGER NOT NULL);"
	"CREATE TABLE symbol_stable ("
	"  kernel_id INTEGER NOT NULL REFERENCES symbol_kernel (id),"
	"  symbol_id INTEGER NOT NULL REFERENCES symbol (id),"
	"  PRIMARY KEY (kernel_id, symbol_id)) WITHOUT ROWID;";
/* What ksig watch saw, and what it did about it. */
static const char news_table[] =
	"CREATE TABLE news ("
	"  source TEXT NOT NULL, item TEXT NOT NULL, step TEXT NOT NULL,"
	"  value TEXT NOT NULL, state TEXT NOT NULL, message TEXT, seen TEXT NOT NULL, changed TEXT NOT NULL,"
	"  PRIMARY KEY (source, item, step)) WITHOUT ROWID;";

/*
 * Patches of kind release and steps that carry a patch on: SQLite cannot change a check, so both tables are
 * made anew. Foreign keys are off meanwhile; other tables go on naming them.
 */
static const char release_tables[] =
	"CREATE TABLE new_patch ("
	"  id INTEGER PRIMARY KEY,"
	"  kind TEXT NOT NULL CHECK (kind IN ('exact', 'context', 'adapted', 'partial', 'revert', 'vendor',"
	"    'release')),"
	"  confidence REAL NOT NULL CHECK (typeof(confidence) = 'real' AND confidence BETWEEN 0 AND 1),"
	"  source TEXT,"
	"  upstream TEXT CHECK (upstream IS NULL OR upstream <> ''),"
	"  member TEXT,"
	"  subject TEXT NOT NULL CHECK (typeof(subject) = 'text'),"
	"  author TEXT, email TEXT, author_date TEXT, commit_date TEXT,"
	"  purpose TEXT);"
	"INSERT INTO new_patch SELECT id, kind, confidence, source, upstream, member, subject, author, email,"
	"  author_date, commit_date, purpose FROM patch;"
	"DROP TABLE patch;"
	"ALTER TABLE new_patch RENAME TO patch;"
	"CREATE INDEX patch_upstream ON patch (upstream) WHERE upstream IS NOT NULL;"
	"CREATE INDEX patch_kind ON patch (kind);"
	"CREATE INDEX patch_source ON patch (source);"
	"CREATE TABLE new_step ("
	"  id INTEGER PRIMARY KEY,"
	"  patch_id INTEGER NOT NULL REFERENCES patch (id),"
	"  revision_id INTEGER NOT NULL REFERENCES revision (id),"
	"  position INTEGER NOT NULL UNIQUE CHECK (typeof(position) = 'integer' AND position > 0),"
	"  action TEXT NOT NULL CHECK (action IN ('introduce', 'rework', 'drop', 'carry')),"
	"  commit_id TEXT CHECK (commit_id IS NULL OR length(commit_id) = 40));"
	"INSERT INTO new_step SELECT id, patch_id, revision_id, position, action, commit_id FROM step;"
	"DROP TABLE step;"
	"ALTER TABLE new_step RENAME TO step;"
	"CREATE INDEX step_patch ON step (patch_id, action, revision_id);"
	"CREATE INDEX step_revision ON step (revision_id, position);"
	"CREATE INDEX step_commit ON step (commit_id) WHERE commit_id IS NOT NULL;"
	"CREATE UNIQUE INDEX step_introduce ON step (patch_id) WHERE action = 'introduce';";

static const char reason_column[] = "ALTER TABLE step ADD COLUMN reason TEXT;";

static const char content_column[] = "ALTER TABLE patch ADD COLUMN content TEXT;";

/* Which model a revision was broken down with; of a patch, the values of the model's features, in its order.
 */
static const char model_tables[] =
	"CREATE TABLE model ("
	"  id INTEGER PRIMARY KEY,"
	"  name TEXT NOT NULL CHECK (typeof(name) = 'text'),"
	"  version TEXT NOT NULL CHECK (typeof(version) = 'text'),"
	"  checksum TEXT NOT NULL UNIQUE CHECK (length(checksum) = 64));"
	"CREATE TABLE model_feature ("
	"  model_id INTEGER NOT NULL REFERENCES model (id),"
	"  position INTEGER NOT NULL CHECK (typeof(position) = 'integer' AND position >= 0),"
	"  name TEXT NOT NULL CHECK (typeof(name) = 'text'),"
	"  weight REAL NOT NULL CHECK (typeof(weight) = 'real'),"
	"  meaning TEXT NOT NULL CHECK (typeof(meaning) = 'text'),"
	"  PRIMARY KEY (model_id, position)) WITHOUT ROWID;"
	"CREATE TABLE patch_feature ("
	"  patch_id INTEGER PRIMARY KEY REFERENCES patch (id),"
	"  model_id INTEGER NOT NULL REFERENCES model (id),"
	"  feature_values TEXT NOT NULL CHECK (typeof(feature_values) = 'text'),"
	"  blob_chain REAL NOT NULL CHECK (typeof(blob_chain) = 'real'),"
	"  changelog REAL NOT NULL CHECK (typeof(changelog) = 'real'));"
	"ALTER TABLE revision ADD COLUMN model_id INTEGER REFERENCES model (id);"
	"ALTER TABLE revision ADD COLUMN threshold REAL;";

/*
 * The pool's commit beside the upstream commit that it is. What was found before stands under the pool's own
 * id. And what is in a kernel without a line of its own.
 */
static const char candidate_tables[] =
	"ALTER TABLE patch ADD COLUMN candidate TEXT;"
	"UPDATE patch SET candidate = upstream WHERE member IS NULL;"
	"CREATE INDEX patch_candidate ON patch (candidate) WHERE candidate IS NOT NULL;"
	"CREATE TABLE contained ("
	"  id INTEGER PRIMARY KEY,"
	"  revision_id INTEGER NOT NULL REFERENCES revision (id),"
	"  patch_id INTEGER REFERENCES patch (id),"
	"  kind TEXT NOT NULL CHECK (kind IN ('history', 'superseded', 'series', 'import', 'undone')),"
	"  source TEXT, upstream TEXT, candidate TEXT, member TEXT,"
	"  subject TEXT NOT NULL CHECK (typeof(subject) = 'text'),"
	"  reason TEXT NOT NULL CHECK (typeof(reason) = 'text'));"
	"CREATE INDEX contained_revision ON contained (revision_id, id);";

/* How large a kernel's struct module is; what was stored before does not say. */
static const char struct_column[] =
	"ALTER TABLE symbol_kernel ADD COLUMN struct_bytes INTEGER NOT NULL DEFAULT 0;";

/*
 * What remains is not the vendor's for that: it is unexplained, and has no confidence. A number that stood
 * there for a patch that the changelog names is how well the entry fits, and nothing else.
 */
static const char kind_tables[] =
	"CREATE TABLE new_patch ("
	"  id INTEGER PRIMARY KEY,"
	"  kind TEXT NOT NULL CHECK (kind IN ('exact', 'context', 'adapted', 'partial', 'revert', 'vendor',"
	"    'unexplained', 'release')),"
	"  confidence REAL CHECK (confidence IS NULL OR (typeof(confidence) = 'real' AND"
	"    confidence BETWEEN 0 AND 1)),"
	"  source TEXT,"
	"  upstream TEXT CHECK (upstream IS NULL OR upstream <> ''),"
	"  member TEXT,"
	"  subject TEXT NOT NULL CHECK (typeof(subject) = 'text'),"
	"  author TEXT, email TEXT, author_date TEXT, commit_date TEXT,"
	"  purpose TEXT, content TEXT, candidate TEXT,"
	"  fit REAL CHECK (fit IS NULL OR (typeof(fit) = 'real' AND fit BETWEEN 0 AND 1)));"
	"INSERT INTO new_patch SELECT id, CASE kind WHEN 'vendor' THEN 'unexplained' ELSE kind END,"
	"  CASE kind WHEN 'vendor' THEN NULL ELSE confidence END, source, upstream, member, subject, author,"
	"  email, author_date, commit_date, purpose, content, candidate,"
	"  CASE WHEN kind = 'vendor' AND EXISTS (SELECT 1 FROM evidence WHERE patch_id = patch.id AND kind ="
	"    'named') THEN confidence END FROM patch;"
	"DROP TABLE patch;"
	"ALTER TABLE new_patch RENAME TO patch;"
	"CREATE INDEX patch_upstream ON patch (upstream) WHERE upstream IS NOT NULL;"
	"CREATE INDEX patch_candidate ON patch (candidate) WHERE candidate IS NOT NULL;"
	"CREATE INDEX patch_kind ON patch (kind);"
	"CREATE INDEX patch_source ON patch (source);"
	"ALTER TABLE upstream ADD COLUMN own INTEGER NOT NULL DEFAULT 0;";

static const char *const migrations[] = {
	breakdown_tables, name_tables,  symbol_tables,    news_table,    release_tables, reason_column,
	content_column,   model_tables, candidate_tables, struct_column, kind_tables,
};

int ksig_catalog_newest_version(void)
{
	return G_N_ELEMENTS(migrations);
}

static bool read_number(sqlite3 *database, const char *path, const char *sql, int *out_number, GError **error)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW) {
		ksig_catalog_sqlite_error(error, database, path);
		sqlite3_finalize(statement);
		return false;
	}
	*out_number = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return true;
}

static bool apply(sqlite3 *database, int from, int to)
{
	for (int version = from; version < to; version++)
		if (sqlite3_exec(database, migrations[version], NULL, NULL, NULL) != SQLITE_OK)
			return false;
	g_autofree char *mark = g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %d;",
						APPLICATION_ID, to);
	return sqlite3_exec(database, mark, NULL, NULL, NULL) == SQLITE_OK;
}

/* A file that is not empty and not ours is left alone. */
static bool check_owner(sqlite3 *database, const char *path, GError **error)
{
	int application = 0;
	int objects = 0;

	if (!read_number(database, path, "PRAGMA application_id", &application, error) ||
	    !read_number(database, path, "SELECT count(*) FROM sqlite_master", &objects, error))
		return false;
	if (application != APPLICATION_ID && (application != 0 || objects > 0))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a database, but not a catalog of ksig",
				      path);
	return true;
}

/* Another process may migrate between our look and our lock: the version is read again under the lock. */
static bool migrate_locked(sqlite3 *database, const char *path, int target, GError **error)
{
	int version = 0;

	if (sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return ksig_catalog_sqlite_error(error, database, path);
	if (read_number(database, path, "PRAGMA user_version", &version, error)) {
		if (apply(database, version, target) &&
		    sqlite3_exec(database, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
			return true;
		ksig_catalog_sqlite_error(error, database, path);
	}
	sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

bool ksig_catalog_migrate(sqlite3 *database, const char *path, int version, GError **error)
{
	const int target = version > 0 ? version : ksig_catalog_newest_version();
	int present = 0;

	if (!check_owner(database, path, error) ||
	    !read_number(database, path, "PRAGMA user_version", &present, error))
		return false;
	if (present < 0 || present > ksig_catalog_newest_version())
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: schema version %d, and this ksig knows versions up to %d; a newer "
				      "ksig wrote it",
				      path, present, ksig_catalog_newest_version());
	if (present >= target)
		return true;
	if (sqlite3_db_readonly(database, "main") == 1)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "%s: schema version %d must be migrated, and the file is read-only",
				      path, present);
	return migrate_locked(database, path, target, error);
}
