# Checks the rules of the house that a compiler does not: sizes, first lines, layers, banned calls.
# Usage: python3 scripts/tidy.py [--root DIR] [sizes|headers|layers|banned]...   (none named: all)
# See: README.md of this folder, "What tidy checks".
import argparse
import os
import re
import sys

import cpp_text

TREES = ('protocol', 'server', 'tests', 'bench', 'scripts')
PRODUCT = ('protocol', 'server')
LINES_NOTED, LINES_MOST = 400, 600
FUNCTION_LINES_MOST = 80
INCLUDES_MOST = 12


class Tree:
    """The files under a root, read once. Paths are relative to it and use '/'."""

    def __init__(self, root):
        self.root = root
        self.files = []
        for tree in TREES:
            for folder, folders, names in os.walk(os.path.join(root, tree)):
                folders[:] = sorted(f for f in folders if not f.startswith('.') and f not in ('node_modules', '__pycache__', 'corpus'))
                where = os.path.relpath(folder, root)
                self.files += sorted(f'{where}/{name}' for name in names)
        self.problems = []
        self.notes = []
        self._texts = {}

    def text(self, path):
        if path not in self._texts:
            with open(os.path.join(self.root, path), encoding='utf-8') as file:
                self._texts[path] = file.read()
        return self._texts[path]

    def exists(self, path):
        return os.path.exists(os.path.join(self.root, path))

    def cpp(self, *trees):
        return [f for f in self.files if f.endswith(('.h', '.cc')) and f.split('/')[0] in (trees or TREES)]

    def scripts(self):
        """Programs that are not C++: by suffix, or without one and starting with #!."""
        return [f for f in self.files
                if f.endswith(('.py', '.sh', '.js', '.mjs'))
                or ('.' not in f.rsplit('/', 1)[1] and self.text(f).startswith('#!'))]

    def problem(self, path, line, text):
        self.problems.append(f'{path}:{line}: {text}')


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


# --- sizes ---

def check_sizes(tree):
    for path in tree.cpp() + tree.scripts():
        lines = tree.text(path).count('\n')
        if lines > LINES_MOST:
            tree.problem(path, lines, f'{lines} lines; {LINES_MOST} is the most, {LINES_NOTED} the aim')
        elif lines > LINES_NOTED:
            tree.notes.append(f'{path}: {lines} lines, more than the {LINES_NOTED} aimed at')
    for path in tree.cpp(*PRODUCT):
        for line, lines, name in cpp_text.functions(tree.text(path)):
            if lines > FUNCTION_LINES_MOST:
                tree.problem(path, line, f'{name}: {lines} lines; a function has {FUNCTION_LINES_MOST} at most')
    check_readmes(tree)


def check_readmes(tree):
    folders = {f.rsplit('/', 1)[0] for f in tree.cpp('protocol', 'server', 'bench') + tree.scripts()
               if not f.startswith('tests/')} | {'tests'}
    for folder in sorted(f for f in folders if tree.exists(f)):
        if f'{folder}/README.md' not in tree.files:
            tree.problem(folder, 0, 'a folder of sources without README.md')
    for path in [f for f in tree.files if f.endswith('/README.md')] + ['README.md']:
        most = 150 if path == 'README.md' else 60
        if not tree.exists(path):
            continue
        text = tree.text(path)
        if text.count('\n') > most:
            tree.problem(path, most + 1, f'{text.count(chr(10))} lines; {most} is the most')
        for link in re.finditer(r'\]\(([^)#:\s]+)[^):]*\)', text):
            if not tree.exists(os.path.normpath(os.path.join(os.path.dirname(path), link[1]))):
                tree.problem(path, line_of(text, link.start()), f'link to {link[1]}, which is not there')


# --- first lines ---

def check_headers(tree):
    for path in tree.cpp():
        head = re.match(r'(?://[^\n]*\n)*', tree.text(path))[0].splitlines()
        check_head(tree, path, 1, [line[2:].strip() for line in head], ('Threading:', 'See:'))
        if path.endswith('.h') and '#pragma once' not in tree.text(path):
            tree.problem(path, 1, 'a header without #pragma once')
    for path in tree.scripts():
        text = re.sub(r'^#![^\n]*\n', '', tree.text(path))
        head = re.match(r'"""(.*?)"""|(?:(?:#|//)[^\n]*\n)*', text, re.S)
        lines = [line.strip('#/" ') for line in (head[1] or head[0]).splitlines()]
        check_head(tree, path, 1, lines, ('Usage:', 'See:') if path.startswith('scripts/') else ('See:',))


def check_head(tree, path, line, head, labels):
    """The first comment: one line saying what the file is, then the labels in their order."""
    if not head or len(head[0]) < 12 or head[0].startswith(labels):
        tree.problem(path, line, 'the first line is to be a comment that says what this file is')
    at = [next((i for i, text in enumerate(head) if re.match(label + r' \S', text)), None) for label in labels]
    for label, index in zip(labels, at):
        if index is None:
            tree.problem(path, line, f'the first comment lacks a line "{label} ..."')
    if None not in at:
        if at != sorted(at):
            tree.problem(path, line, f'the first comment is to have {" then ".join(labels)}')
        check_see(tree, path, line, ' '.join(head[at[-1]:]))


def check_see(tree, path, line, see):
    """Every file named after See: exists, beside the file or from the root; so do sections quoted of a README."""
    folder = os.path.dirname(path)
    for match in re.finditer(r'([\w./-]+\.(?:md|h|cc|py|txt|cmake|sh|conf))\b(?: of (the root|this folder))?', see):
        places = [match[1]] if match[2] == 'the root' else [f'{folder}/{match[1]}', match[1]]
        found = [p for p in map(os.path.normpath, places) if tree.exists(p)]
        if not found:
            tree.problem(path, line, f'See: {match[1]}, which is not there')
            continue
        section = re.match(r',? "([^"]+)"', see[match.end():])
        if section and found[0].endswith('.md') and section[1].lower() not in tree.text(found[0]).lower():
            tree.problem(path, line, f'See: "{section[1]}", of which {found[0]} says nothing')


# --- layers ---

class Layers:
    """scripts/layers.txt: folder -> folders it may include; library header -> folders that may include it."""

    def __init__(self, tree):
        self.allowed, self.libraries = {}, {}
        path = 'scripts/layers.txt'
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            line = line.split('#')[0].strip()
            if not line:
                continue
            name, colon, names = line.partition(':')
            if not colon:
                tree.problem(path, number, 'expected "name: names"')
            elif name.startswith('<'):
                self.libraries[name.strip('<>')] = names.split()
            else:
                for unknown in sorted(set(names.split()) - set(self.allowed)):
                    tree.problem(path, number, f'{name} names {unknown}, which is not above it')
                self.allowed[name] = names.split()


def layer_of(path):
    """protocol/x -> protocol, server/store/x -> store, server/x -> server."""
    parts = path.split('/')
    return parts[1] if parts[0] == 'server' and len(parts) > 2 else parts[0]


def check_layers(tree):
    layers = Layers(tree)
    used = {}
    for path in tree.cpp(*PRODUCT):
        layer = layer_of(path)
        if layer not in layers.allowed:
            tree.problem(path, 1, f'the folder {layer} is not in scripts/layers.txt')
            continue
        used.setdefault(layer, set()).update(check_includes(tree, layers, path, layer))
    check_modules(tree, layers, used)


def check_includes(tree, layers, path, layer):
    text = cpp_text.without_comments(tree.text(path))
    own = 0
    reached = set()
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', text, re.M):
        line, name = line_of(text, match.start()), match[2]
        if match[1] == '<':
            if name in layers.libraries and layer not in layers.libraries[name]:
                tree.problem(path, line, f'<{name}> is for {" and ".join(layers.libraries[name])} only')
            continue
        own += 1
        if not name.startswith(('protocol/', 'server/')) or not tree.exists(name):
            tree.problem(path, line, f'"{name}" is not a header of protocol/ or server/, named from the root')
            continue
        other = layer_of(name)
        if other == layer:
            continue
        if other in layers.allowed[layer]:
            reached.add(other)
        else:
            tree.problem(path, line, f'{layer} may not include {other} (scripts/layers.txt)')
    if path.endswith('.cc') and own > INCLUDES_MOST:
        tree.problem(path, 1, f'{own} includes of the project; {INCLUDES_MOST} is the most')
    return reached


def modules(text):
    """Yields (offset, {keyword: words}) of every corral_module() call in a CMakeLists.txt."""
    text = re.sub(r'#[^\n]*', _spaces, text)
    for match in re.finditer(r'\bcorral_module\s*\(([^)]*)\)', text):
        call, key = {'NAME': [], 'SOURCES': [], 'DEPS': [], 'LIBS': []}, None
        for word in match[1].split():
            if word in call:
                key = word
            elif key:
                call[key].append(word)
        yield match.start(), call


def _spaces(match):
    return ' ' * len(match[0])


def check_modules(tree, layers, used):
    """CMake says the same as layers.txt, says what the sources include, and lists every source."""
    deps = {}
    for path in [f for f in tree.files if f.endswith('/CMakeLists.txt') and f.split('/')[0] in PRODUCT]:
        folder = os.path.dirname(path)
        text = tree.text(path)
        for source in [f for f in tree.files if f.endswith('.cc') and os.path.dirname(f) == folder]:
            if not re.search(r'(?<![\w/])' + re.escape(os.path.basename(source)) + r'\b', text):
                tree.problem(source, 1, f'not listed in {path}, so nothing builds it')
        for offset, call in modules(text):
            line, layer = line_of(text, offset), layer_of(path)
            if folder != 'server' and call['NAME'] != [layer]:
                tree.problem(path, line, f'the module of this folder is to be named {layer}')
            deps.setdefault(layer, (path, line, set()))[2].update(call['DEPS'])
            for name in sorted(set(call['DEPS']) - set(layers.allowed.get(layer, [])) - {layer}):
                tree.problem(path, line, f'{layer} may not depend on {name} (scripts/layers.txt)')
    # The root's program names what it links by target_link_libraries, so there it is the linker that says.
    for layer in sorted(set(used) & set(deps) - {'server'}):
        path, line, direct = deps[layer]
        for name in sorted(used[layer] - closure(direct, deps)):
            tree.problem(path, line, f'{layer} includes {name} without naming it in DEPS')


def closure(names, deps):
    seen, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += deps[name][2] if name in deps else []
    return seen


# --- banned calls ---

# What is not to be written, where that holds (a prefix of the path), and the files that are excused.
BANNED = (
    (r'\bv?sprintf\b|\bstr(?:n?cpy|n?cat)\b|\bstpcpy\b', 'writes without a bound', TREES, ()),
    (r'\bstrto(?:l|ll|ul|ull|d|f|ld|imax|umax)\b|\bato(?:i|l|ll|f)\b|\bsto(?:i|l|ll|ul|ull|d|f|ld)\s*\(|\bsscanf\b',
     'depends on the locale or accepts garbage; use protocol/number.h', TREES,
     ('protocol/number.cc', 'protocol/c_number.cc', 'tests/protocol/number')),
    (r'\bstd::w?regex', 'std::regex is slow and recurses', TREES, ()),
    (r'(?<![\w.>])s?rand(?:_r|48)?\s*\(|\brandom_device\b', 'randomness is an argument', TREES, ('server/base/random',)),
    (r'(?<![\w.>])(?:u|nano)?sleep\s*\(|\bsleep_(?:for|until)\b', 'nothing sleeps', TREES, ()),
    (r'\bsystem_clock\b|\bgettimeofday\b|\bclock_gettime\b|(?<![\w.>])(?:std::)?time\s*\(\s*(?:nullptr|NULL|0|&)',
     'wall time comes from server/base/clock.h', TREES, ('server/base/clock.',)),
    (r'\bsteady_clock\b|\bhigh_resolution_clock\b', 'time is an argument; server/base/clock.h reads it', PRODUCT,
     ('server/base/clock.',)),
    (r'(?<![\w.])(?<!operator )new\b\s*(?:[A-Za-z_:]|\(std::nothrow)|(?<!operator )(?<!= )(?<!=)\bdelete\b\s*(?:\[\s*\])?\s*[\w(*]',
     'naked new and delete are for server/base and server/store', PRODUCT, ('server/base/', 'server/store/')),
    (r'\bstd::(?:cout|cerr|clog)\b|(?<![\w.>:])(?:std::)?(?:printf|puts|putchar)\s*\(',
     'the server speaks through its log', PRODUCT, ('server/main.cc', 'server/base/log')),
    (r'\bGTEST_SKIP\b|\bDISABLED_\w', 'a test runs or does not exist', ('tests',), ()),
)
# Searched in the whole text, comments included, of every file of every kind.
BANNED_TEXT = (
    (r'\b(?:TO[D]O|FIX[M]E|XX[X])\b(?!\s*\(#\d+\))', 'a note to finish later needs an issue number: (#12)'),
    (r'(?<![\w.])/(?:work|root|home/\w+)/', 'a path of one machine'),
)


def check_banned(tree):
    for path in tree.cpp():
        code = cpp_text.code_only(tree.text(path))
        for pattern, why, trees, excused in BANNED:
            if path.split('/')[0] not in trees or path.startswith(excused or ('\0',)):
                continue
            for match in re.finditer(pattern, code):
                tree.problem(path, line_of(code, match.start()), f'{" ".join(match[0].split())}: {why}')
    for path in tree.files:
        if path.endswith(('.png', '.rdb', '.bin')):
            continue
        text = tree.text(path)
        for pattern, why in BANNED_TEXT:
            for match in re.finditer(pattern, text):
                tree.problem(path, line_of(text, match.start()), f'{match[0]}: {why}')


CHECKS = {'sizes': check_sizes, 'headers': check_headers, 'layers': check_layers, 'banned': check_banned}


def main():
    parser = argparse.ArgumentParser(description='checks the rules of the house')
    parser.add_argument('--root', default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser.add_argument('checks', nargs='*', help=f'which: {", ".join(CHECKS)}; all if none is named')
    arguments = parser.parse_args()
    tree = Tree(arguments.root)
    for name in arguments.checks or CHECKS:
        if name not in CHECKS:
            parser.error(f'no check is named {name}')
        CHECKS[name](tree)
    for note in tree.notes:
        print(f'note: {note}')
    for problem in tree.problems:
        print(problem)
    print(f'tidy: {len(tree.files)} files, {len(tree.problems)} problems')
    return 1 if tree.problems else 0


if __name__ == '__main__':
    sys.exit(main())
