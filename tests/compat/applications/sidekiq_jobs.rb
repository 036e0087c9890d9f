# The jobs of the Sidekiq flow; `sidekiq -r` loads this file, and sidekiq_flow.rb too.
# See: README.md of this folder.
require 'sidekiq'

Redis.silence_deprecations = true # of calls that are Sidekiq's own

# Tells the list "done" what it was given, after as many failures as asked for.
class Report
  include Sidekiq::Job
  sidekiq_options retry: 3
  sidekiq_retries_exhausted { |job| Sidekiq.redis { |redis| redis.rpush('exhausted', job['args'][0]) } }

  def perform(name, failures = 0)
    Sidekiq.redis do |redis|
      raise "failure of #{name}" if redis.incr("tries:#{name}") <= failures

      redis.rpush('done', name)
    end
  end
end

at = { url: "redis://127.0.0.1:#{ENV.fetch('CORRAL_PORT')}" }
Sidekiq.configure_client { |config| config.redis = at }
Sidekiq.configure_server { |config| config.redis = at }
