/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small trees and small upstreams, made of texts: what the tests of matching ask about. */
#pragma once

#include "base/diff.h"
#include "match/match.h"
#include "match/model-file.h"
#include "upstream/diff-reader-internal.h"
#include "upstream/pool-writer-internal.h"

#include <glib/gstdio.h>

struct small_file {
	const char *path; /* NULL: the end */
	const char *text;
};

struct small {
	char *folder;
	ksig_store *store;
	ksig_model *model;
	ksig_pool_writer *writer;
	struct ksig_pool pool;        /* of one git history */
	ksig_pool_writer *series;     /* NULL: none */
	struct ksig_pool series_pool; /* of one folder of patches */
	GPtrArray *pools;
	struct ksig_pool *joined;
	ksig_target *target;
};

static inline git_oid small_tree(struct small *small, const struct small_file *files)
{
	git_repository *repository = ksig_tree_store_repository(small->store);
	git_index *index = NULL;
	git_oid id;

	g_assert_cmpint(git_index_new(&index), ==, 0);
	for (; files->path; files++) {
		git_index_entry entry = {.path = files->path, .mode = GIT_FILEMODE_BLOB};
		g_assert_cmpint(
			git_blob_create_from_buffer(&entry.id, repository, files->text, strlen(files->text)),
			==, 0);
		g_assert_cmpint(git_index_add(index, &entry), ==, 0);
	}
	g_assert_cmpint(git_index_write_tree_to(&id, index, repository), ==, 0);
	git_index_free(index);
	return id;
}

static inline void small_init(struct small *small)
{
	*small = (struct small){.folder = g_dir_make_tmp("ksig-match-XXXXXX", NULL)};
	small->store = ksig_tree_store_open(small->folder, NULL);
	small->model = ksig_match_model_load(NULL, NULL);
	small->writer = ksig_pool_writer_new();
	g_assert_nonnull(small->store);
	g_assert_nonnull(small->model);
}

static inline struct ksig_candidate *small_write(ksig_pool_writer *writer, unsigned number, int64_t time,
						 const char *subject, const char *diff)
{
	struct ksig_candidate *candidate = ksig_pool_writer_candidate(writer);
	struct ksig_diff_reader reader;
	g_auto(GStrv) lines = g_strsplit(diff, "\n", -1);

	candidate->id[0] = (uint8_t) (number >> 8);
	candidate->id[1] = (uint8_t) number;
	candidate->id[19] = 1;
	candidate->author_time = candidate->commit_time = time;
	candidate->subject = ksig_pool_writer_string(writer, subject, strlen(subject));
	candidate->author = ksig_pool_writer_intern(writer, "A", 1);
	ksig_diff_reader_init(&reader, writer, 1);
	for (char **line = lines; *line; line++)
		ksig_diff_reader_line(&reader, *line, strlen(*line));
	ksig_diff_reader_end(&reader);
	ksig_diff_reader_clear(&reader);
	return ksig_pool_writer_last(writer);
}

/* A candidate whose id is NUMBER in its first bytes, committed at TIME. */
static inline struct ksig_candidate *small_candidate(struct small *small, unsigned number, int64_t time,
						     const char *subject, const char *diff)
{
	return small_write(small->writer, number, time, subject, diff);
}

/* The next patch of the series. */
static inline struct ksig_candidate *small_patch(struct small *small, unsigned number, const char *subject,
						 const char *diff)
{
	if (!small->series)
		small->series = ksig_pool_writer_new();
	return small_write(small->series, number, 0, subject, diff);
}

/* The difference from OLD to NEW, and the pool as it stands now. */
static inline void small_compare(struct small *small, const struct small_file *old_files,
				 const struct small_file *new_files)
{
	const git_oid old_tree = small_tree(small, old_files);
	const git_oid new_tree = small_tree(small, new_files);

	ksig_pool_writer_view(small->writer, &small->pool);
	small->pool.name = (char *) "upstream";
	small->pool.git_dir = (char *) "/nowhere";
	small->pools = g_ptr_array_new();
	g_ptr_array_add(small->pools, &small->pool);
	if (small->series) {
		ksig_pool_writer_view(small->series, &small->series_pool);
		small->series_pool.name = (char *) "series";
		g_ptr_array_add(small->pools, &small->series_pool);
	}
	small->joined = ksig_upstream_pool_join(small->pools);
	small->target = ksig_match_target_new(small->store, &old_tree, &new_tree, NULL);
	g_assert_nonnull(small->target);
	g_assert_true(ksig_match_target_join_renames(small->target, small->joined, NULL));
}

static inline struct ksig_match_question small_question(const struct small *small)
{
	return (struct ksig_match_question){.pool = small->joined,
					    .target = small->target,
					    .model = small->model,
					    .threshold = small->model->parameters.threshold};
}

static inline void small_clear(struct small *small)
{
	ksig_match_target_free(small->target);
	ksig_upstream_pool_free(small->joined);
	g_clear_pointer(&small->pools, g_ptr_array_unref);
	ksig_pool_writer_free(small->writer);
	g_clear_pointer(&small->series, ksig_pool_writer_free);
	ksig_match_model_free(small->model);
	ksig_tree_store_free(small->store);
	ksig_directory_remove(small->folder, NULL);
	g_free(small->folder);
}
