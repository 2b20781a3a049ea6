/* A program that uses both faces of the library, on one display: neither knows of the other's buffers. */
#include "chain/stage.h"
#include "chain/two_faces/cookies.h"
#include "support/runner.h"

static void show_older(const struct stage *stage, const void *buffer)
{
	CHECK(window_show(&stage->window, cookies_wl_buffer(buffer)));
}

TEST(each_face_has_its_own_buffers)
{
	struct stage stage;
	void *older = NULL;

	stage_start(&stage, RELEASE_AT_ONCE);
	struct buffer_chain *chain = stage_chain(&stage, true);
	for (uint32_t frame = 0; frame < 20; frame++) {
		struct buffer *buffer = stage_get(chain, 64, 48);
		void *got = cookies_get(stage.shm, 64, 48, frame);

		CHECK(older == NULL || got == older);
		older = got;
		fill(buffer, ~frame);
		CHECK(got != (void *)buffer && cookies_is_all(got, frame));
		CHECK(shm_can_scroll(buffer) && !shm_can_scroll(got));
		CHECK(cookies_can_scroll(got) && !cookies_can_scroll(buffer));
		CHECK(shm_scroll(buffer, 5, 0, 0, 0, 0) && cookies_is_all(got, frame));
		stage_show(&stage, buffer);
		show_older(&stage, got);
	}
	CHECK(cookies_is_all(older, 19));
	cookies_purge(stage.shm);
	shm_chain_free(chain);
	cookies_fini();
	stage_stop(&stage);
}

TEST(the_end_of_one_face_leaves_the_other_alone)
{
	struct stage stage;

	stage_start(&stage, RELEASE_BY_HAND);
	struct buffer_chain *chain = stage_chain(&stage, true);
	struct buffer *buffer = stage_frame(&stage, chain, 64, 48, 5);
	void *older = cookies_get(stage.shm, 64, 48, 6);
	show_older(&stage, older);
	shm_fini();
	CHECK(cookies_is_all(older, 6));
	older = cookies_get(stage.shm, 64, 48, 7);
	buffer = stage_frame(&stage, chain, 64, 48, 8);
	cookies_fini();
	CHECK(is_all(buffer, 8));
	stage_release_all(&stage);
	CHECK(stage_get(chain, 64, 48) == buffer);
	stage_show(&stage, buffer);
	shm_chain_free(chain);
	stage_stop(&stage);
}
