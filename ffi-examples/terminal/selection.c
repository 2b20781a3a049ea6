#include "selection.h"

static bool is_before(struct place a, struct place b)
{
	return a.line < b.line || (a.line == b.line && a.column < b.column);
}

struct place selection_first(const struct selection *selection)
{
	return is_before(selection->end, selection->start) ? selection->end : selection->start;
}

struct place selection_last(const struct selection *selection)
{
	return is_before(selection->end, selection->start) ? selection->start : selection->end;
}

bool selection_has(const struct selection *selection, struct place place)
{
	return selection->is_any && !is_before(place, selection_first(selection))
	       && !is_before(selection_last(selection), place);
}
