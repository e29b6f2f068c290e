#include <schemaguard/arena.h>
