<?php
// php-redis: the extension's serialisers, every type of value, MULTI and pipelines, scripts, scans, streams, sessions of PHP.
// Usage: php php_redis.php PORT
// See: README.md of this folder.
declare(strict_types=1);

$port = (int) $argv[1];
$client = new Redis();
$client->connect('127.0.0.1', $port, 30.0);

function same($wanted, $got): void
{
    if ($wanted !== $got) {
        throw new Exception('wanted ' . var_export($wanted, true) . ', got ' . var_export($got, true));
    }
}

function values(Redis $client): void
{
    same([true, "\0\xff\r\n", false], [$client->set('a', "\0\xff\r\n", ['nx', 'ex' => 100]), $client->get('a'), $client->get('nosuch')]);
    same([false, true, 1, 1.5], [$client->set('a', 'b', ['nx']), $client->setex('b', 50, 'x'), $client->incr('n'), $client->incrByFloat('f', 1.5)]);
    same([50, ['1', false], true], [$client->ttl('b'), $client->mGet(['n', 'nosuch']), $client->mSet(['x' => '1', 'y' => '2'])]);
    same([true, ['k' => 'v', 'n' => '1'], 3], [$client->hMSet('h', ['k' => 'v', 'n' => 1]), $client->hGetAll('h'), $client->hIncrBy('h', 'n', 2)]);
    same([3, ['a', 'b', 'c'], 'c'], [$client->rPush('l', 'a', 'b', 'c'), $client->lRange('l', 0, -1), $client->rPop('l')]);
    same([2, true, ['m']], [$client->sAdd('s', 'm', 'n'), $client->sIsMember('s', 'n'), $client->sDiff('s', 'nosuch') === [] ? [] : array_values(array_intersect($client->sMembers('s'), ['m']))]);
    same([2, ['one' => 1.0, 'two' => 2.5], 2.5], [$client->zAdd('z', 1, 'one', 2.5, 'two'), $client->zRange('z', 0, -1, true), $client->zScore('z', 'two')]);
    same([Redis::REDIS_STRING, Redis::REDIS_HASH, Redis::REDIS_ZSET, Redis::REDIS_NOT_FOUND], array_map([$client, 'type'], ['a', 'h', 'z', 'nosuch']));
}

function serialisers(Redis $client): void
{
    $value = ['deep' => [1, 1.5, null, true, 'naïve 汉字']];
    foreach ([Redis::SERIALIZER_PHP, Redis::SERIALIZER_JSON] as $serialiser) {
        $client->setOption(Redis::OPT_SERIALIZER, $serialiser);
        same([true, $value], [$client->set('serialised', $value), $client->get('serialised')]);
    }
    $client->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_NONE);
}

function transactions(Redis $client, int $port): void
{
    same([true, 2, '2'], $client->multi()->set('t', '1')->incr('t')->get('t')->exec());
    $client->watch('t');
    $other = new Redis();
    $other->connect('127.0.0.1', $port);
    $other->set('t', '9');
    same(false, $client->multi()->set('t', '3')->exec());
    $pipeline = $client->multi(Redis::PIPELINE);
    for ($i = 0; $i < 500; ++$i) {
        $pipeline->incr('many');
    }
    same(range(1, 500), $pipeline->exec());
}

function scripts(Redis $client): void
{
    same([7, 'k'], $client->eval('return {ARGV[1] + 5, KEYS[1]}', ['k', 2], 1));
    $sha = $client->script('load', 'return redis.call("incrby", KEYS[1], ARGV[1])');
    same([5, [1]], [$client->evalSha($sha, ['script', 5], 1), $client->script('exists', $sha)]);
    same(false, $client->eval('return redis.call("lpush", KEYS[1], 1)', ['z'], 1));
    same(true, str_starts_with($client->getLastError(), 'WRONGTYPE Operation against a key holding the wrong kind of value'));
    $client->clearLastError();
}

function scans(Redis $client): void
{
    $wanted = array_map(fn ($i) => "scan:$i", range(100, 399));
    $client->mSet(array_fill_keys($wanted, ''));
    $client->setOption(Redis::OPT_SCAN, Redis::SCAN_RETRY);
    for ($found = [], $cursor = null; ($keys = $client->scan($cursor, 'scan:*', 50)) !== false;) {
        $found = array_merge($found, $keys);
    }
    $found = array_unique($found);
    sort($found);
    same([$wanted, 300], [$found, $client->unlink($wanted)]);
}

function streams(Redis $client): void
{
    $id = $client->xAdd('events', '*', ['kind' => 'click']);
    same([true, ['events' => [$id => ['kind' => 'click']]]], [$client->xGroup('CREATE', 'events', 'group', '0'), $client->xReadGroup('group', 'me', ['events' => '>'])]);
    same([1, 1, 0], [$client->xPending('events', 'group')[0], $client->xAck('events', 'group', [$id]), $client->xPending('events', 'group')[0]]);
}

// The extension's own session handler, with its lock: a key that only its holder's script deletes.
function sessions(Redis $client, int $port): void
{
    ini_set('session.save_handler', 'redis');
    ini_set('session.save_path', "tcp://127.0.0.1:$port?prefix=php:");
    ini_set('session.use_cookies', '0');
    ini_set('session.cache_limiter', '');
    ini_set('session.gc_maxlifetime', '600');
    ini_set('redis.session.locking_enabled', '1');
    for ($visits = 1; $visits <= 3; ++$visits) {
        session_id('visitor');
        session_start();
        same(1, $client->exists('php:visitor_LOCK'));
        $_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
        same($visits, $_SESSION['visits']);
        session_write_close();
        same(0, $client->exists('php:visitor_LOCK'));
    }
    same(['visits|i:3;', 600], [$client->get('php:visitor'), $client->ttl('php:visitor')]);
    session_start();
    session_destroy();
    same(0, $client->exists('php:visitor'));
}

foreach (['values', 'serialisers', 'transactions', 'scripts', 'scans', 'streams', 'sessions'] as $part) {
    try {
        $part($client, $port);
    } catch (Throwable $error) {
        fwrite(STDERR, 'php-redis ' . phpversion('redis') . ": $part failed: $error\n");
        exit(1);
    }
}
echo 'php-redis ', phpversion('redis'), ": as it should be\n";
