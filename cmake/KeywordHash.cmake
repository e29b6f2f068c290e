# Turns the words of keyword.def into a perfect hash: cmake -DDEF=... -DOUT=... -DGPERF=... -P this.
# The table's rows are numbered as the lines stand in keyword.def; lex.c makes its own table in the
# same order from the same file, so that the numbers meet.
file(STRINGS "${DEF}" lines REGEX "^SG_(KEYWORD|SYNONYM)\\(")
set(words "")
set(row 0)
foreach(line IN LISTS lines)
    string(REGEX REPLACE "^SG_(KEYWORD|SYNONYM)\\(([A-Z0-9_]+),.*" "\\2" word "${line}")
    string(APPEND words "${word}, ${row}\n")
    math(EXPR row "${row} + 1")
endforeach()

file(WRITE "${OUT}.gperf" "%{
/* Generated from keyword.def. */
#pragma GCC system_header
%}
%readonly-tables
%compare-lengths
%compare-strncmp
%ignore-case
%language=ANSI-C
%define hash-function-name keyword_hash
%define lookup-function-name keyword_lookup
%define string-pool-name keyword_strings
%pic
%struct-type
struct keyword_slot { int name; unsigned short row; };
%%
${words}%%
#define KEYWORD_ROWS ${row}
")
execute_process(COMMAND "${GPERF}" --output-file=${OUT}.new "${OUT}.gperf" RESULT_VARIABLE failed ERROR_VARIABLE message)
if(failed)
    message(FATAL_ERROR "gperf: ${message}")
endif()
file(RENAME "${OUT}.new" "${OUT}")
