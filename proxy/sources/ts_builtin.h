/* The few things of JavaScript's own library that declarations are put together with. */
#ifndef SOURCES_TS_BUILTIN_H
#define SOURCES_TS_BUILTIN_H

#include "sources/ts_eval.h"

/* undefined, true, Object ...; NULL: nothing that is known. */
struct ts_value *ts_global(struct ts_eval *eval, struct sg_slice name);
struct ts_value *ts_call_global(struct ts_eval *eval, struct sg_slice name,
                                const struct orm_list *arguments, struct orm_place place);
struct ts_value *ts_new_global(struct ts_eval *eval, struct sg_slice name,
                               const struct orm_list *arguments, struct orm_place place);
/* A method of a string, an array, a number, of Object. */
struct ts_value *ts_call_builtin(struct ts_eval *eval, struct ts_value *object,
                                 struct sg_slice name, const struct orm_list *arguments,
                                 struct orm_place place);

#endif
