"""Django with django-redis: the cache, sessions over requests, cached pages, and a herd of readers.

Usage: python3 django_flow.py PORT
See: README.md of this folder.
"""

import sys
import threading
import uuid

import django
import flow
from django.conf import settings

PORT = int(sys.argv[1])


READERS = [f"reader{i}" for i in range(8)]


def redis_cache(client_name="site", **more):
    """Each client_name has a pool of connections of its own, as each process of a site has."""
    return {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"redis://127.0.0.1:{PORT}/1?client_name={client_name}",
            "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient"}, **more}


settings.configure(
    ALLOWED_HOSTS=["testserver"], ROOT_URLCONF="__main__", SECRET_KEY="of the test", USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    CACHES={"default": redis_cache(TIMEOUT=300), **{name: redis_cache(name, KEY_PREFIX="cache") for name in READERS}},
    SESSION_ENGINE="django.contrib.sessions.backends.cache", MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"])
django.setup()

from django.core.cache import cache, caches  # noqa: E402 (Django wants its settings first)
from django.http import HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.cache import cache_page  # noqa: E402
from django_redis import get_redis_connection  # noqa: E402


def count(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(request.session["visits"])


def log_in(request):
    request.session.cycle_key()
    request.session.set_expiry(60)
    return HttpResponse("in")


def log_out(request):
    request.session.flush()
    return HttpResponse("out")


@cache_page(60)
def page(request):
    return HttpResponse(uuid.uuid4().hex)


urlpatterns = [path("count", count), path("in", log_in), path("out", log_out), path("page", page)]


def values():
    cache.set("a", {"deep": ["汉字", 1.5, None, b"\x00\xff"]}, 60)
    assert cache.get("a") == {"deep": ["汉字", 1.5, None, b"\x00\xff"]} and 55 <= cache.ttl("a") <= 60
    assert cache.get("nosuch") is None and cache.get("nosuch", "default") == "default"
    assert cache.add("a", 1) is False and cache.add("b", 1) is True
    assert cache.set("b", 2, nx=True) is False and cache.get("b") == 1
    assert [cache.incr("b"), cache.incr("b", 10), cache.decr("b", 2)] == [2, 12, 10]
    try:
        cache.incr("nosuch")
        raise AssertionError("there was nothing to add to")
    except ValueError:
        pass
    cache.set("forever", 1, None)
    assert cache.ttl("forever") is None and cache.touch("forever", 50) and 45 <= cache.ttl("forever") <= 50
    assert cache.persist("forever") and cache.ttl("forever") is None and cache.expire("forever", 10) and cache.ttl("nosuch") == 0
    cache.set("a", "version two", version=2)
    assert cache.get("a", version=2) == "version two" and cache.incr_version("b") == 2 and cache.get("b", version=2) == 10
    assert cache.delete("a") and not cache.delete("a") and cache.has_key("forever") and "forever" in cache


def many():
    cache.set_many({f"many{i}": i for i in range(100)}, 60)
    assert cache.get_many(["many1", "many99", "nosuch"]) == {"many1": 1, "many99": 99}
    assert sorted(cache.keys("many1?")) == [f"many1{i}" for i in range(10)]
    assert len(list(cache.iter_keys("many*", itersize=10))) == 100
    assert cache.delete_many(["many0", "many1", "nosuch"]) == 2 and cache.delete_pattern("many*") == 98
    assert cache.get_or_set("computed", lambda: 7) == 7 and cache.get_or_set("computed", lambda: 8) == 7
    with cache.lock("mutex", timeout=60):
        assert not cache.lock("mutex", timeout=60, blocking_timeout=0).acquire(blocking=False)
    assert cache.lock("mutex", timeout=60).acquire(blocking=False)
    cache.clear()
    assert get_redis_connection().dbsize() == 0


def sessions():
    browser = Client()
    assert [browser.get("/count").content for _ in range(3)] == [b"1", b"2", b"3"]
    before = browser.cookies["sessionid"].value
    assert browser.get("/in").content == b"in" and browser.cookies["sessionid"].value != before
    (key,) = get_redis_connection().keys("*session*")
    assert before.encode() not in key and 50 <= get_redis_connection().ttl(key) <= 60
    assert browser.get("/count").content == b"4"
    assert browser.get("/out").content == b"out" and get_redis_connection().keys("*session*") == []
    assert browser.get("/count").content == b"1"


def pages():
    browser = Client()
    first = browser.get("/page")
    assert browser.get("/page").content == first.content and "max-age=60" in first["Cache-Control"]
    cache.clear()
    assert browser.get("/page").content != first.content


def herd():
    """The keys of these caches match the policy that protects cache:*, so one reader of eight computes."""
    computed, got = [], []

    def compute():
        computed.append(1)
        connection = get_redis_connection()
        flow.eventually("the others wait", lambda: sum(line["parked"] == "1" for line in connection.client_list()) == 7)
        return "the value"

    readers = [threading.Thread(target=lambda name=name: got.append(caches[name].get_or_set("hot", compute, 60))) for name in READERS]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert (got, len(computed)) == (["the value"] * 8, 1), (got, len(computed))


protects = "corral_version" in get_redis_connection().info("everything")  # redis-server does not
flow.run("django", django.get_version(), values, many, sessions, pages, *([herd] if protects else []))
