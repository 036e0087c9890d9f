# What the Ruby flows share: parts run in order and named when they fail, bounded waits, a check of equality.
# See: README.md of this folder.
WAIT_S = 60

# Runs each part; the first that fails is named with its error, and the process ends with 1.
def run(application, version, *parts)
  parts.each do |part|
    send(part)
  rescue StandardError => e
    abort "#{application} #{version}: #{part} failed: #{e.full_message(highlight: false)}"
  end
  puts "#{application} #{version}: as it should be"
end

def same(wanted, got)
  raise "wanted #{wanted.inspect}, got #{got.inspect}" unless wanted == got
end

# The first value of the block that is true; asks again and again, for WAIT_S at most.
def eventually(what)
  deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + WAIT_S
  loop do
    value = yield
    return value if value
    raise "#{what}: not so after #{WAIT_S} s" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

    sleep 0.002
  end
end
