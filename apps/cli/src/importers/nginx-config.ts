import { CliFailure } from '../cli-failure.ts'

/** A directive of nginx, such as `proxy_pass https://bank.example;`. */
export interface Directive {
  readonly name: string
  readonly args: readonly string[]
  readonly file: string
  /** From 1. */
  readonly line: number
  /** What is in its braces. */
  readonly block?: readonly Directive[]
}

/**
 * The directives of a file, or of what `nginx -T` prints, which has all files after each other; there, includes are
 * followed. @throws CliFailure
 */
export function readNginx(text: string, file: string): readonly Directive[] {
  const [first, ...others] = dumpedFiles(text, file)
  if (first === undefined || others.length === 0) return parse(text, file, 1)
  const files = new Map([first, ...others].map(({ name, text: content, line }) => [name, { content, line }]))
  const directives = (name: string, above: readonly string[]): readonly Directive[] => {
    const { content = '', line = 1 } = files.get(name) ?? {}
    return above.includes(name) ? [] : included(parse(content, name, line), [...above, name])
  }
  const folder = first.name.slice(0, first.name.lastIndexOf('/') + 1)
  const included = (list: readonly Directive[], above: readonly string[]): readonly Directive[] =>
    list.flatMap((directive) => {
      const { name, args, block } = directive
      if (name !== 'include') return block ? [{ ...directive, block: included(block, above) }] : [directive]
      const [pattern = ''] = args
      const path = pattern.startsWith('/') ? pattern : folder + pattern
      return [...files.keys()].filter((each) => fits(each, path)).flatMap((each) => directives(each, above))
    })
  return directives(first.name, [])
}

const dumpMark = /^# configuration file (.+):$/

/** Each file that `nginx -T` has printed; its lines are counted from its own beginning. */
function dumpedFiles(text: string, file: string) {
  const found: { name: string; text: string; line: number }[] = []
  let lines: string[] = []
  const end = () => {
    const last = found.at(-1)
    if (last) last.text = lines.join('\n')
    lines = []
  }
  for (const line of text.split('\n')) {
    const [, name] = dumpMark.exec(line.trimEnd()) ?? []
    if (name === undefined) lines.push(line)
    else {
      end()
      found.push({ name, text: '', line: 1 })
    }
  }
  end()
  return found.length > 0 ? found : [{ name: file, text, line: 1 }]
}

/** Whether a path fits one with `*` in it, which stands for anything but a slash. */
function fits(path: string, pattern: string): boolean {
  const [steps, wanted] = [path.split('/'), pattern.split('/')]
  return steps.length === wanted.length && wanted.every((part, index) => fitsStep(steps[index] ?? '', part))
}

function fitsStep(step: string, pattern: string): boolean {
  const [first = '', ...pieces] = pattern.split('*')
  const last = pieces.pop()
  if (last === undefined) return step === pattern
  if (!step.startsWith(first) || !step.endsWith(last) || step.length < first.length + last.length) return false
  let at = first.length
  for (const piece of pieces) {
    const found = step.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return at <= step.length - last.length
}

const mostLevels = 32

/** @throws CliFailure that names the line */
function parse(text: string, file: string, firstLine: number): readonly Directive[] {
  const tokens = [...tokensOf(text, file, firstLine)]
  let at = 0
  const block = (levels: number, opened?: Token): readonly Directive[] => {
    const directives: Directive[] = []
    let words: Token[] = []
    while (at < tokens.length) {
      const token = tokens[at++]
      if (token === undefined) break
      if (token.isQuoted || !['{', '}', ';'].includes(token.text)) {
        words.push(token)
        continue
      }
      const [name, ...args] = words
      words = []
      if (token.text === '}') {
        if (name || !opened) throw faulty(file, token.line, 'This brace closes nothing.')
        return directives
      }
      if (!name) {
        if (token.text === ';') continue
        throw faulty(file, token.line, 'A block has no name.')
      }
      if (levels === mostLevels) throw faulty(file, token.line, 'Blocks are nested too deep.')
      const directive = { name: name.text, args: args.map((arg) => arg.text), file, line: name.line }
      directives.push(token.text === '{' ? { ...directive, block: block(levels + 1, name) } : directive)
    }
    const open = words[0] ?? opened
    if (open) throw faulty(file, open.line, `"${open.text}" does not end.`)
    return directives
  }
  return block(0)
}

interface Token {
  readonly text: string
  readonly line: number
  readonly isQuoted: boolean
}

function* tokensOf(text: string, file: string, firstLine: number): Generator<Token> {
  let line = firstLine
  let at = 0
  let isLua = false
  while (at < text.length) {
    const character = text[at] ?? ''
    if (character === '\n') line += 1
    if (/\s/.test(character)) at += 1
    else if (character === '#') {
      const end = text.indexOf('\n', at)
      at = end === -1 ? text.length : end
    } else if (character === '{' && isLua) {
      const end = endOfBraces(text, at)
      line += text.slice(at, end).split('\n').length - 1
      at = end
      isLua = false
      yield { text: ';', line, isQuoted: false }
    } else if (character === '{' || character === '}' || character === ';') {
      yield { text: character, line, isQuoted: false }
      at += 1
    } else {
      const word = readWord(text, at)
      if (word === undefined) throw faulty(file, line, 'A quote does not end.')
      yield { text: word.text, line, isQuoted: word.isQuoted }
      line += text.slice(at, word.end).split('\n').length - 1
      at = word.end
      isLua = word.text.endsWith('_by_lua_block')
    }
  }
}

function readWord(text: string, start: number) {
  const quote = text[start]
  const isQuoted = quote === '"' || quote === "'"
  const characters: string[] = []
  let at = isQuoted ? start + 1 : start
  for (; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (character === '\\' && at + 1 < text.length) {
      const next = text[at + 1] ?? ''
      // What regexes escape stays escaped.
      characters.push(/["'\\ ;{}]/.test(next) ? next : `\\${next}`)
      at += 1
    } else if (isQuoted) {
      if (character === quote) return { text: characters.join(''), end: at + 1, isQuoted }
      characters.push(character)
    } else if (character === '$' && text[at + 1] === '{') {
      const end = text.indexOf('}', at)
      if (end === -1) return undefined
      characters.push(text.slice(at, end + 1))
      at = end
    } else if (/[\s;{}]/.test(character)) break
    else characters.push(character)
  }
  return isQuoted ? undefined : { text: characters.join(''), end: at, isQuoted }
}

/** Code of Lua has braces of its own, and others in its texts. */
function endOfBraces(text: string, start: number): number {
  let open = 0
  let quote = ''
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (character === '\\') at += 1
    else if (quote !== '') quote = character === quote || character === '\n' ? '' : quote
    else if (character === '"' || character === "'") quote = character
    else if (character === '{') open += 1
    else if (character === '}') {
      open -= 1
      if (open === 0) return at + 1
    }
  }
  return text.length
}

function faulty(file: string, line: number, why: string): CliFailure {
  return new CliFailure('wrongUse', `${file}:${line} ${why}`)
}
