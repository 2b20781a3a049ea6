/* pixman.h. From 0.44 on it says of a region that it is not written to, where older ones say nothing. */
#include <pixman.h>

typedef pixman_bool_t with_const(pixman_image_t *image, const pixman_region32_t *region);
typedef pixman_bool_t without_const(pixman_image_t *image, pixman_region32_t *region);

/* What is neither stays as it is, and is complained of. */
#define pixman_image_set_clip_region32                                                                          \
	__builtin_choose_expr(                                                                                  \
		__builtin_types_compatible_p(__typeof__(pixman_image_set_clip_region32), with_const),           \
		(without_const *)pixman_image_set_clip_region32, pixman_image_set_clip_region32)
