/* Files that import each other. */
#ifndef SOURCES_TS_MODULE_H
#define SOURCES_TS_MODULE_H

#include "sources/ts_eval.h"

/* What `name` is in the module that `from` calls `module`; an empty name: the whole of it. */
struct ts_value *ts_import_value(struct ts_eval *eval, const struct ts_module *from,
                                 struct sg_slice module, struct sg_slice name,
                                 struct orm_place place);

/* A member of a TS_VALUE_MODULE. */
struct ts_value *ts_module_member(struct ts_eval *eval, struct ts_value *module,
                                  struct sg_slice name, struct orm_place place);

/* Makes the bindings of a module that was just parsed (ts_eval.c). */
void ts_module_bind(struct ts_eval *eval, struct ts_module *module);

#endif
