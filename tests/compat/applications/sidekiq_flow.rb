# Sidekiq: a worker process, queues in order of weight, retries, dead jobs, times to come, statistics and its API.
# Usage: ruby sidekiq_flow.rb PORT
# See: README.md of this folder.
ENV['CORRAL_PORT'] = ARGV.fetch(0)
require 'sidekiq/api'
require 'sidekiq/scheduled'
require_relative 'flow'
require_relative 'sidekiq_jobs'

def done = Sidekiq.redis { |redis| redis.lrange('done', 0, -1) }

# Runs a worker process while the block runs.
def worker(*options)
  pid = Process.spawn('/usr/bin/sidekiq', '-q', 'critical,3', '-q', 'default', '-r', File.join(__dir__, 'sidekiq_jobs.rb'), *options,
                      %i[out err] => File::NULL)
  yield
ensure
  Process.kill('TERM', pid)
  Process.wait(pid)
end

# What is due is put on its queue by a script; the worker process does the same, but only every few seconds.
def enqueue_due
  Sidekiq::Scheduled::Enq.new.enqueue_jobs
  nil
end

# Sidekiq waits a quarter of a minute at least before it tries again; nobody here does.
def hurry
  Sidekiq::RetrySet.new.each(&:add_to_queue)
  nil
end

def pushes_and_looks
  Report.perform_async('first')
  Report.set(queue: 'critical').perform_async('weighty')
  id = Report.perform_in(3600, 'in an hour')
  same 24, Report.perform_bulk((1..24).map { |i| ["bulk#{i}"] }).size
  same %w[critical default], Sidekiq::Queue.all.map(&:name).sort
  queue = Sidekiq::Queue.new('default')
  same [25, 'bulk24'], [queue.size, queue.first.args[0]]
  queue.find_job(queue.first.jid).delete
  same 24, queue.size
  same ['in an hour'], Sidekiq::ScheduledSet.new.map { |job| job.args[0] }
  same 1, Sidekiq::Stats.new.scheduled_size
  Sidekiq::ScheduledSet.new.find_job(id).delete
  same 0, Sidekiq::ScheduledSet.new.size
end

def works
  worker do
    eventually('all are done') { done.size == 25 }
    same((%w[first weighty] + (1..23).map { |i| "bulk#{i}" }).sort, done.sort)
    Report.perform_in(0.2, 'soon')
    eventually('the scheduled one is done') { enqueue_due || done.last == 'soon' }
    Report.perform_async('flaky', 2)
    Report.perform_async('hopeless', 100)
    eventually('it worked the third time') { hurry || done.last == 'flaky' }
    eventually('it is given up') { hurry || Sidekiq::DeadSet.new.size == 1 }
    same ['hopeless'], Sidekiq.redis { |redis| redis.lrange('exhausted', 0, -1) }
    same 1, eventually('the process is known') { Sidekiq::ProcessSet.new.size }
  end
  same 0, Sidekiq::ProcessSet.new.size
end

def afterwards
  stats = Sidekiq::Stats.new
  # Two failures of the flaky one; the first run and three more of the hopeless one.
  same [25 + 1 + 3 + 4, 6, 0, 1], [stats.processed, stats.failed, stats.enqueued, stats.dead_size]
  dead = Sidekiq::DeadSet.new.first
  same ['failure of hopeless', 3], [dead['error_message'], dead['retry_count']]
  dead.retry
  same [0, 1], [Sidekiq::DeadSet.new.size, Sidekiq::Queue.new.size]
  Sidekiq::Queue.new.clear
  same 0, Sidekiq::Stats.new.enqueued
end

run 'sidekiq', Sidekiq::VERSION, :pushes_and_looks, :works, :afterwards
