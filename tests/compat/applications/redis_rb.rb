# redis-rb: every type of value, transactions, scripts, pipelines, blocking, publishing, streams, errors.
# Usage: ruby redis_rb.rb PORT
# See: README.md of this folder.
require 'redis'
require_relative 'flow'

PORT = ARGV.fetch(0).to_i
CLIENT = Redis.new(host: '127.0.0.1', port: PORT, timeout: 30)

def values
  same 'OK', CLIENT.set('a', "\x00\xff\r\n".b, ex: 100)
  same "\x00\xff\r\n".b, CLIENT.get('a').b
  same [true, false], [CLIENT.set('n', 1, nx: true), CLIENT.set('n', 2, nx: true)]
  same({ 'n' => '1', 'nosuch' => nil }, CLIENT.mapped_mget('n', 'nosuch'))
  same [2, 1.5, 'OK', true], [CLIENT.incr('n'), CLIENT.incrbyfloat('f', 1.5), CLIENT.mset('x', 1, 'y', 2), CLIENT.expire('x', 10)]
  same %w[x y], CLIENT.scan_each(match: '?').to_a.sort & %w[x y]
  CLIENT.mapped_hmset('h', { 'k' => 'v', 'n' => 1 })
  same [{ 'k' => 'v', 'n' => '1' }, 3, %w[k n]], [CLIENT.hgetall('h'), CLIENT.hincrby('h', 'n', 2), CLIENT.hkeys('h').sort]
  same [3, %w[c b a], 'a'], [CLIENT.lpush('l', %w[a b c]), CLIENT.lrange('l', 0, -1), CLIENT.rpop('l')]
  same [true, false, %w[m]], [CLIENT.sadd?('s', 'm'), CLIENT.sadd?('s', 'm'), CLIENT.smembers('s')]
  same 2, CLIENT.zadd('z', [[1, 'one'], [2.5, 'two']])
  same [[['one', 1.0], ['two', 2.5]], 2.5, 1], [CLIENT.zrange('z', 0, -1, with_scores: true), CLIENT.zscore('z', 'two'), CLIENT.zrank('z', 'two')]
  same [['two', 2.5]], CLIENT.zrevrangebyscore('z', '+inf', '(1', with_scores: true)
end

def transactions
  same ['OK', 2], CLIENT.multi { |t| t.set('t', 1); t.incr('t') }
  other = Redis.new(port: PORT)
  lost = CLIENT.watch('t') do
    other.set('t', 9)
    CLIENT.multi { |t| t.set('t', 3) }
  end
  same [nil, '9'], [lost, CLIENT.get('t')]
  same((1..500).to_a, CLIENT.pipelined { |p| 500.times { p.incr('many') } })
end

def scripts
  same [7, 'k'], CLIENT.eval('return {tonumber(ARGV[1]) + 5, KEYS[1]}', keys: ['k'], argv: [2])
  sha = CLIENT.script(:load, 'return redis.call("incrby", KEYS[1], ARGV[1])')
  same [5, true], [CLIENT.evalsha(sha, ['script'], [5]), CLIENT.script(:exists, sha)]
  CLIENT.script(:flush)
  CLIENT.evalsha(sha, ['script'], [5])
  raise 'the script was forgotten'
rescue Redis::CommandError => e
  same 'NOSCRIPT No matching script. Please use EVAL.', e.message
end

def blocks
  waiting = Thread.new { Redis.new(port: PORT).blpop('first', 'second', timeout: 30) }
  eventually('it waits') { CLIENT.info('clients')['blocked_clients'] == '1' }
  CLIENT.rpush('second', 'here')
  same %w[second here], waiting.value
  same nil, CLIENT.brpop('first', timeout: 0.01)
end

def publishes
  heard = Queue.new
  listener = Thread.new do
    other = Redis.new(port: PORT)
    other.psubscribe('news.*') do |on|
      on.psubscribe { heard << :ready }
      on.pmessage { |_, channel, text| heard << [channel, text]; other.punsubscribe if text == 'stop' }
    end
  end
  same :ready, heard.pop
  same 1, CLIENT.publish('news.a', 'one')
  same 1, CLIENT.publish('news.b', 'stop')
  same [%w[news.a one], %w[news.b stop]], [heard.pop, heard.pop]
  listener.join
end

def streams
  id = CLIENT.xadd('events', { 'kind' => 'click' })
  CLIENT.xgroup(:create, 'events', 'group', '0')
  same({ 'events' => [[id, { 'kind' => 'click' }]] }, CLIENT.xreadgroup('group', 'me', 'events', '>'))
  same [1, 1, 0], [CLIENT.xpending('events', 'group')['size'], CLIENT.xack('events', 'group', id), CLIENT.xpending('events', 'group')['size']]
  same [[id, { 'kind' => 'click' }]], CLIENT.xrange('events')
end

def errors
  CLIENT.lpush('z', 1)
  raise 'a sorted set is no list'
rescue Redis::CommandError => e
  same 'WRONGTYPE Operation against a key holding the wrong kind of value', e.message
end

run 'redis-rb', Redis::VERSION, :values, :transactions, :scripts, :blocks, :publishes, :streams, :errors
