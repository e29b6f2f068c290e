<?php
// What the PHP conversations share: where to connect, and how steps are printed.

function given(string $name): string
{
    return getenv("DRIVER_$name");
}

function plain($value)
{
    if (is_array($value) || is_object($value))
        return array_map('plain', (array) $value);
    if (!is_string($value))
        return $value;
    $text = mb_is_utf8($value) ? $value : ['bytes' => bin2hex($value)];
    return strlen($value) < 300 ? $text : strlen($value) . ' ' . hash('sha256', $value);
}

function mb_is_utf8(string $value): bool
{
    return preg_match('//u', $value) === 1;
}

function say(string $name, $value): void
{
    echo json_encode([$name, plain($value)], JSON_UNESCAPED_UNICODE | JSON_PARTIAL_OUTPUT_ON_ERROR), "\n";
}

function step(string $name, callable $function): void
{
    try {
        $value = $function();
    } catch (Throwable $error) {
        $value = ['error' => get_class($error), 'code' => $error->getCode(), 'message' => $error->getMessage(),
                  'info' => $error->errorInfo ?? null,
                  'sqlstate' => method_exists($error, 'getSqlState') ? $error->getSqlState() : null];
    }
    say($name, $value);
}
