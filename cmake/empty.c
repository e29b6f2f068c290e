/* Stands in for a room that has no source file. */
typedef int schemaguard_empty_translation_unit;
