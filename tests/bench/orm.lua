-- sysbench: one statement of the file that BENCH_STATEMENTS names for each event. With BENCH_NEW_SHAPES the name that begins
-- it (`u0`, see statements.py) is another one each time.
function thread_init()
    connection = sysbench.sql.driver():connect()
    new_shapes = os.getenv("BENCH_NEW_SHAPES")
    statements = {}
    for line in io.lines(os.getenv("BENCH_STATEMENTS")) do
        statements[#statements + 1] = line
    end
    at = sysbench.tid * 977
end

function event()
    at = at + 1
    local statement = statements[at % #statements + 1]
    if new_shapes then
        statement = statement:gsub("^WITH `u%d+`", "WITH `u" .. sysbench.tid .. "_" .. at .. "`", 1)
    end
    connection:query(statement)
end

function thread_done()
    connection:disconnect()
end
