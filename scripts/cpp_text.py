# Reads C++ as text: blanks out comments and literals, finds functions and their length.
# Usage: imported by tidy.py; not a program.
# See: README.md of this folder, "What tidy checks".
import re

_TOKEN = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|(?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![0-9a-zA-Z])'(?:[^'\\\n]|\\.)+'",
    re.S)

_SCOPE_WORD = re.compile(r'^(?:\[\[[^\]]*\]\]\s*)*(?:inline\s+)?(?:typedef\s+)?(namespace|class|struct|union|enum|extern)\b')
_TEMPLATE = re.compile(r'^template\s*<[^;{}]*?>\s*(?=[\w\[:~])')
_MEMBER_INIT = re.compile(r'\)\s*(?:noexcept(?:\([^)]*\))?\s*)?:(?!:)')
_LINE_DIRECTIVE = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.M)


def _blank(match):
    return re.sub(r'[^\n]', ' ', match.group(0))


def without_comments(text):
    """The text with comments blanked and everything else, string literals too, in its place."""
    return _TOKEN.sub(lambda m: _blank(m) if m.group(0).startswith('/') else m.group(0), text)


def code_only(text):
    """The text with comments and the insides of string and character literals blanked; lines keep their numbers."""
    return _TOKEN.sub(_blank, text)


def _kind(head, before):
    """What a brace opens, judged by the text since the last ; { or } and the character before it."""
    head = head.strip()
    plain = _TEMPLATE.sub('', head)
    if _SCOPE_WORD.match(plain):
        return 'scope'
    if '(' not in head or before == '=':
        return 'data'
    if _MEMBER_INIT.search(head) and (before.isalnum() or before in '_>'):
        return 'member_init'
    return 'function'


def functions(text):
    """Yields (first line, lines, name) of each function defined at namespace or class level."""
    code = _LINE_DIRECTIVE.sub(_blank, code_only(text))
    stack = []
    head_start = 0
    line = 1
    start = (0, '')
    for at, char in enumerate(code):
        if char == '\n':
            line += 1
        elif char == ';' and 'function' not in stack and 'data' not in stack:
            head_start = at + 1
        elif char == '{':
            if not stack or stack[-1] == 'scope':
                head = code[head_start:at]
                kind = _kind(head, head.rstrip()[-1:])
                if kind == 'function':
                    names = re.findall(r'([\w:~]+)\s*\(', head)
                    start = (line, names[0] if names else '?')
                elif kind == 'scope':
                    head_start = at + 1
                stack.append(kind)
            else:
                stack.append('inner')
        elif char == '}' and stack:
            kind = stack.pop()
            if kind == 'function':
                yield start[0], line - start[0] + 1, start[1]
            if kind in ('function', 'scope', 'data') and (not stack or stack[-1] == 'scope'):
                head_start = at + 1
        elif char == ':' and stack and stack[-1] == 'scope' and re.search(
                r'\b(public|private|protected)\s*$', code[head_start:at]):
            head_start = at + 1
