# Proves that each check of tidy.py can fail: small trees with one fault each, and one without any.
# Usage: python3 tests/house/tidy_selftest.py   (ctest: house_tidy_selftest)
# See: scripts/tidy.py, scripts/README.md.
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIDY = os.path.join(ROOT, 'scripts', 'tidy.py')
HEAD = '// A thing that is here for the test.\n// Threading: none.\n// See: README.md of this folder.\n'
HEADER = HEAD + '#pragma once\n'
MODULE = '# One library.\ncorral_module(NAME {name} SOURCES {sources} DEPS {deps})\n'

CLEAN = {
    'scripts/layers.txt': 'protocol:\nbase:\nstore: base\nserver: protocol base store\n<uv.h>: server\n',
    'scripts/README.md': '# Scripts\n',
    'scripts/run': '#!/bin/bash\n# Starts the thing that is here.\n# Usage: scripts/run\n# See: README.md of this folder.\n',
    'scripts/tool.py': '"""Does the thing that is here.\n\nUsage: tool.py\nSee: scripts/README.md\n"""\n',
    'tests/README.md': '# Tests\n',
    'protocol/README.md': '# Protocol, with a [link](number.h)\n',
    'protocol/number.h': HEADER,
    'protocol/number.cc': HEAD + '#include "protocol/number.h"\nlong f(char* t) { return strtol(t, nullptr, 10); }\n',
    'protocol/CMakeLists.txt': MODULE.format(name='protocol', sources='number.cc', deps=''),
    'server/README.md': '# Server\n',
    'server/main.cc': HEAD + '#include <uv.h>\n#include "server/store/store.h"\nint main() { printf("up\\n"); }\n',
    'server/CMakeLists.txt': '# The program.\nadd_executable(corral-server main.cc)\n',
    'server/base/README.md': '# Base\n## Clocks\n',
    'server/base/clock.h': HEADER.replace('folder.', 'folder, "Clocks".'),
    'server/base/clock.cc': HEAD + '#include "server/base/clock.h"\nlong now() { return system_clock::now(); }\n',
    'server/base/CMakeLists.txt': MODULE.format(name='base', sources='clock.cc', deps=''),
    'server/store/README.md': '# Store\n',
    'server/store/store.h': HEADER + '#include "server/base/clock.h"\nint* make() { return new int; }\n',
    'server/store/store.cc': HEAD + '#include "server/store/store.h"\n',
    'server/store/CMakeLists.txt': MODULE.format(name='store', sources='store.cc', deps='base'),
}


def tidy(changes, *checks):
    """Runs tidy over CLEAN with `changes` laid over it (None removes a file); returns (exit code, what it printed)."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**CLEAN, **changes}.items():
            if text is not None:
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), 'w', encoding='utf-8') as file:
                    file.write(text)
        run = subprocess.run([sys.executable, TIDY, '--root', root, *checks], capture_output=True, text=True, check=False)
        return run.returncode, run.stdout + run.stderr


def function(lines):
    return 'int f(int a) {\n' + '  a = a + 1;\n' * (lines - 2) + '}\n'


class Tidy(unittest.TestCase):
    def found(self, check, changes, *words):
        code, text = tidy(changes, check)
        self.assertEqual(code, 1, text)
        for word in words:
            self.assertIn(word, text)
        self.assertIn(' 1 problems', text, 'one fault, one problem')

    def passes(self, check, changes):
        code, text = tidy(changes, check)
        self.assertEqual(code, 0, text)

    def test_clean_tree(self):
        self.assertEqual(tidy({})[0], 0, tidy({})[1])
        self.assertNotEqual(tidy({}, 'no_such_check')[0], 0)

    def test_sizes(self):
        store = 'server/store/store.cc'
        self.found('sizes', {store: '\n' * 601}, store, '601 lines')
        self.passes('sizes', {store: '\n' * 600})
        self.assertIn('note: ' + store, tidy({store: '\n' * 401}, 'sizes')[1])
        self.found('sizes', {'tests/big_test.cc': '\n' * 601}, '601 lines')
        self.found('sizes', {'scripts/tool.py': '\n' * 601}, '601 lines')
        self.found('sizes', {'README.md': '\n' * 151}, 'README.md', '151 lines')
        self.found('sizes', {'server/store/README.md': '\n' * 61}, '61 lines')
        self.found('sizes', {'server/store/README.md': None}, 'without README.md')
        self.found('sizes', {'server/README.md': 'see [this](gone.md)'}, 'gone.md')

    def test_function_sizes(self):
        store = 'server/store/store.cc'
        self.passes('sizes', {store: HEAD + function(80)})
        for before, after in (
                ('', ''), ('namespace a::b {\n', '}\n'), ('class C {\n public:\n', '};\n'),
                ('template <class T>\nclass C {\n int x_{1};\n', '};\n'),
                ('const char* a = "{";\nchar b = \'{\';\n// {\nint c = 1\'000;\nauto d = R"x({)x";\n', ''),
                ('#define OPEN {\n', ''), ('int table[] = {1, 2};\n', ''),
                ('struct S {\n  S() : a_{1}, b_(2) {}\n', '};\n'), ('enum class E { kA, kB };\n', '')):
            self.found('sizes', {store: before + function(81) + after}, 'f: 81 lines')
        self.passes('sizes', {store: 'class C {\n' + function(79) * 3 + '};\n'})
        self.passes('sizes', {store: 'int table[] = {\n' + '  f(1),\n' * 100 + '};\n'})
        body = 'S::S() : a_{1} {\n' + '  a_++;\n' * 80 + '}\n'
        self.found('sizes', {store: body}, 'S::S: 82 lines')

    def test_headers(self):
        for head in ('', '#include <x>\n', '// What it is, said at length.\n// Threading: none.\n',
                     '// What it is, said at length.\n// See: README.md of this folder.\n',
                     '// What it is, said at length.\n// See: README.md of this folder.\n// Threading: none.\n',
                     HEAD.replace('README.md', 'gone.h'), HEAD.replace('folder.', 'folder, "No such section".')):
            code, text = tidy({'server/store/store.cc': head}, 'headers')
            self.assertEqual(code, 1, head + text)
        self.found('headers', {'server/store/store.h': HEAD}, '#pragma once')
        self.found('headers', {'tests/a_test.cc': HEAD.replace('// Threading: none.\n', '')}, 'tests/a_test.cc', 'Threading:')
        self.found('headers', {'scripts/run': '#!/bin/bash\n# Starts the thing that is here.\n# See: README.md\n'}, 'Usage:')
        self.found('headers', {'tests/tool.py': '# Does the thing that is here.\n'}, 'See:')
        self.found('headers', {'scripts/tool.py': '"""Does the thing here.\n\nUsage: tool.py\n"""\n'}, 'See:')

    def test_layers(self):
        up = HEAD + '#include "server/store/store.h"\n'
        self.found('layers', {'server/base/clock.cc': up}, 'base may not include store', 'clock.cc:4')
        self.passes('layers', {'server/base/clock.cc': HEAD + '// #include "server/store/store.h"\n'})
        self.found('layers', {'server/store/store.cc': HEAD + '#include <uv.h>\n'}, '<uv.h> is for server only')
        self.found('layers', {'server/store/store.cc': HEAD + '#include "store.h"\n'}, 'named from the root')
        self.found('layers', {'server/store/store.cc': HEAD + '#include "server/base/gone.h"\n'}, 'gone.h')
        self.found('layers', {'server/base/clock.cc': HEAD + '#include "server/base/clock.h"\n' * 13}, '13 includes')
        self.passes('layers', {'server/base/clock.cc': HEAD + '#include "server/base/clock.h"\n' * 12})
        self.found('layers', {'server/new/x.h': HEADER}, 'new is not in scripts/layers.txt')
        self.found('layers', {'scripts/layers.txt': CLEAN['scripts/layers.txt'].replace('protocol:', 'protocol: store')},
                   'store, which is not above it')

    def test_layers_in_cmake(self):
        def cmake(**words):
            return {'server/store/CMakeLists.txt':
                    MODULE.format(**{'name': 'store', 'sources': 'store.cc', 'deps': 'base', **words})}
        self.found('layers', cmake(deps='base protocol'), 'store may not depend on protocol')
        self.found('layers', cmake(deps=''), 'store includes base without naming it')
        self.found('layers', cmake(name='shop'), 'named store')
        self.found('layers', cmake(sources='other_store.cc'), 'nothing builds it')

    def test_banned(self):
        for code in ('sprintf(a, "x");', 'strcpy(a, b);', 'strtol(a, nullptr, 10);', 'std::stoi(a);', 'std::regex r;',
                     'int a = rand();', 'usleep(1);', 'std::this_thread::sleep_for(a);', 'gettimeofday(&a, nullptr);',
                     'auto a = std::chrono::system_clock::now();', 'a = time(nullptr);', 'GTEST_SKIP();',
                     'TEST(A, DISABLED_b) {}', '// TO' 'DO later', 'auto a = "/wo' 'rk/main";'):
            self.found('banned', {'tests/a_test.cc': code + '\n'}, 'tests/a_test.cc:1')
        for code in ('auto a = new Thing;', 'auto a = new int[3];', 'delete a;', 'delete[] a;', 'std::cout << 1;',
                     'printf("x");', 'auto a = std::chrono::steady_clock::now();'):
            self.found('banned', {'server/main.cc': None, 'server/x.cc': code + '\n'}, 'server/x.cc:1')
        self.passes('banned', {'server/x.cc': '\n'.join((
            'X(const X&) = delete;', 'void operator delete(void*);', 'new (place) X;', '::new (place) X;', '// new world',
            'snprintf(a, 3, "x");', 'f("strcpy(");', 'int operand(int);', 'timer.sleep(1);', 'int new_size = 1;',
            '// TO' 'DO(#12) later', 'int runtime(0);', 'fprintf(stderr, "x");', 'delete_key(a);', ''))})


if __name__ == '__main__':
    unittest.main()
