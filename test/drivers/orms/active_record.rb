# ActiveRecord on ruby-pg; see rounds.js.
require 'active_record'
require 'json'

step, setting, clients, rounds = ARGV[0], ARGV[1], Integer(ARGV[2]), Integer(ARGV[3])
settings = setting == 'set' ? { prepared_statements: false } : {}
ActiveRecord::Base.establish_connection({ url: ENV.fetch('DATABASE_URL'), pool: [clients, 1].max, **settings })

class Row < ActiveRecord::Base
  self.table_name = 'of_active_record'
end

class Rows < ActiveRecord::Migration[6.1]
  def change
    create_table(:of_active_record) { |table| table.integer :value, null: false }
  end
end

if step == 'migrate'
  ActiveRecord::Migration.verbose = false
  # As `rails db:migrate` does it: under a lock that the session keeps.
  proxy = ActiveRecord::MigrationProxy.new('Rows', 1, __FILE__, '')
  proxy.define_singleton_method(:migration) { Rows.new('Rows', 1) }
  ActiveRecord::Migrator.new(:up, [proxy], ActiveRecord::SchemaMigration).migrate
  exit
end

def rolled_back(key, value)
  seen = nil
  Row.transaction do
    Row.find(key).update!(value: value)
    seen = Row.find(key).value
    raise ActiveRecord::Rollback
  end
  seen
end

counts, errors, mutex = { right: 0, wrong: 0 }, Hash.new(0), Mutex.new
threads = (1..clients).map do |client|
  Thread.new do
    rounds.times do |index|
      value = client * 1000 + index
      begin
        key = Row.create!(value: value).id
        seen = [Row.find(key).value, Row.find(key).value, rolled_back(key, -value), Row.find(key).value]
        mutex.synchronize { counts[seen == [value, value, -value, value] ? :right : :wrong] += 1 }
      rescue StandardError => error
        code = error.cause.respond_to?(:result) && error.cause.result&.error_field(PG::Result::PG_DIAG_SQLSTATE)
        mutex.synchronize { errors[code || error.message] += 1 }
      end
    end
  end
end
threads.each(&:join)
puts JSON.generate({ **counts, errors: errors })
