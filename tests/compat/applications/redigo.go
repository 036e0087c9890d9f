// Redigo: pooled connections, every kind of reply, transactions, scripts, publishing and what a broken pipe leaves.
// Usage: go run redigo.go PORT
// See: README.md of this folder.
package main

import (
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/gomodule/redigo/redis"
)

const waitTime = 30 * time.Second

var pool *redis.Pool

func same(wanted, got interface{}) {
	if !reflect.DeepEqual(wanted, got) {
		panic(fmt.Sprintf("wanted %v (%T), got %v (%T)", wanted, wanted, got, got))
	}
}

// must is the value of a call that may not fail.
func must(value interface{}, err error) interface{} {
	if err != nil {
		panic(err)
	}
	return value
}

func values(c redis.Conn) {
	same("PONG", must(redis.String(c.Do("PING"))))
	same("OK", must(redis.String(c.Do("SET", "a", []byte{0, 255, 13, 10}, "EX", 100))))
	same([]byte{0, 255, 13, 10}, must(redis.Bytes(c.Do("GET", "a"))))
	_, err := redis.String(c.Do("GET", "nosuch"))
	same(redis.ErrNil, err)
	same(true, must(redis.Bool(c.Do("EXISTS", "a"))))
	same(1.5, must(redis.Float64(c.Do("INCRBYFLOAT", "f", 1.5))))
	c.Do("HSET", redis.Args{}.Add("h").AddFlat(map[string]int{"k": 1, "n": 2})...)
	same(map[string]int{"k": 1, "n": 2}, must(redis.IntMap(c.Do("HGETALL", "h"))))
	same(3, must(redis.Int(c.Do("RPUSH", "l", 1, 2, 3))))
	same([]int{1, 2, 3}, must(redis.Ints(c.Do("LRANGE", "l", 0, -1))))
	same(2, must(redis.Int(c.Do("ZADD", "z", 1, "one", 2.5, "two"))))
	same(map[string]string{"one": "1", "two": "2.5"}, must(redis.StringMap(c.Do("ZRANGE", "z", 0, -1, "WITHSCORES"))))
	same(2, must(redis.Int(c.Do("GEOADD", "g", "13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania"))))
	at := must(redis.Positions(c.Do("GEOPOS", "g", "Palermo", "nosuch"))).([]*[2]float64)
	same(true, at[0][0] > 13.36138 && at[0][0] < 13.36139 && at[1] == nil)
	_, err = c.Do("LPUSH", "z", 1)
	same(redis.Error("WRONGTYPE Operation against a key holding the wrong kind of value"), err)
	same(nil, c.Err())
}

func transactions(c redis.Conn) {
	c.Send("MULTI")
	c.Send("SET", "t", 1)
	c.Send("INCR", "t")
	answers := must(redis.Values(c.Do("EXEC"))).([]interface{})
	same([]interface{}{"OK", int64(2)}, answers)
	c.Do("WATCH", "t")
	other := pool.Get()
	other.Do("SET", "t", 9)
	other.Close()
	c.Send("MULTI")
	c.Send("SET", "t", 3)
	_, err := redis.Values(c.Do("EXEC"))
	same(redis.ErrNil, err)
	for i := 0; i < 500; i++ {
		c.Send("INCR", "many")
	}
	c.Flush()
	for i := 1; i <= 500; i++ {
		same(i, must(redis.Int(c.Receive())))
	}
}

func scripts(c redis.Conn) {
	script := redis.NewScript(1, "return {redis.call('INCRBY', KEYS[1], ARGV[1]), KEYS[1]}")
	for i := 1; i <= 2; i++ { // the first time is told NOSCRIPT and sends the text
		got := must(redis.Values(script.Do(c, "script", 5))).([]interface{})
		same([]interface{}{int64(5 * i), []byte("script")}, got)
	}
	same(nil, script.Load(c))
	script.SendHash(c, "script", 1)
	c.Flush()
	same(int64(11), must(redis.Values(c.Receive())).([]interface{})[0])
}

func publishing(c redis.Conn) {
	listener := redis.PubSubConn{Conn: pool.Get()}
	defer listener.Close()
	listener.Subscribe("news", "other")
	same(redis.Subscription{Kind: "subscribe", Channel: "news", Count: 1}, listener.ReceiveWithTimeout(waitTime))
	same(redis.Subscription{Kind: "subscribe", Channel: "other", Count: 2}, listener.ReceiveWithTimeout(waitTime))
	same(1, must(redis.Int(c.Do("PUBLISH", "news", "hello"))))
	same(redis.Message{Channel: "news", Data: []byte("hello")}, listener.ReceiveWithTimeout(waitTime))
	listener.Ping("here")
	same(redis.Pong{Data: "here"}, listener.ReceiveWithTimeout(waitTime))
	listener.Unsubscribe()
	listener.ReceiveWithTimeout(waitTime)
	same(0, listener.ReceiveWithTimeout(waitTime).(redis.Subscription).Count)
}

// A connection that goes back to the pool in the middle of something is tidied up by Redigo, and can be used again.
func pooling(c redis.Conn) {
	untidy := pool.Get()
	untidy.Do("WATCH", "t")
	untidy.Do("MULTI")
	untidy.Send("SUBSCRIBE", "nowhere")
	untidy.Close()
	next := pool.Get()
	defer next.Close()
	same("PONG", must(redis.String(next.Do("PING"))))
	number := must(redis.Int64(next.Do("CLIENT", "ID"))).(int64)
	same(1, must(redis.Int(c.Do("CLIENT", "KILL", "ID", number))))
	if _, err := next.Do("PING"); err == nil {
		panic("the connection was killed and answers")
	}
	third := pool.Get()
	defer third.Close()
	same("PONG", must(redis.String(third.Do("PING"))))
}

func run(name string, part func(redis.Conn)) {
	defer func() {
		if problem := recover(); problem != nil {
			fmt.Fprintf(os.Stderr, "redigo: %s failed: %v\n", name, problem)
			os.Exit(1)
		}
	}()
	c := pool.Get()
	defer c.Close()
	part(c)
}

func main() {
	address := "127.0.0.1:" + os.Args[1]
	pool = &redis.Pool{MaxIdle: 2, Dial: func() (redis.Conn, error) {
		return redis.Dial("tcp", address, redis.DialReadTimeout(waitTime), redis.DialDatabase(1), redis.DialClientName("redigo"))
	}}
	run("values", values)
	run("transactions", transactions)
	run("scripts", scripts)
	run("publishing", publishing)
	run("pooling", pooling)
	fmt.Println("redigo: as it should be")
}
