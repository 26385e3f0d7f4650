import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type ScalarTag,
} from 'yaml'
import { stringifyString } from 'yaml/util'
import { CliFailure } from '../cli-failure.ts'

/** What `!file NAME` stands for: the text of a file. */
export class FileReference {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }
}

export const fileTag: ScalarTag = {
  tag: '!file',
  identify: (value) => value instanceof FileReference,
  resolve: (text) => new FileReference(text),
  stringify: ({ value }, ...rest) => {
    return stringifyString({ value: value instanceof FileReference ? value.path : '' }, ...rest)
  },
}

/** What is wrong at a line, as a sentence. */
export interface LineFault {
  /** From 1. */
  readonly line: number
  readonly detail: string
}

export type YamlPath = readonly (string | number)[]

/** The core schema of YAML 1.2, and no merge keys, whatever a `%YAML` directive says. */
const dialect = { schema: 'core', merge: false, resolveKnownTags: false, customTags: [fileTag] }

/** What a document of ours never needs. */
const mostLevels = 32
const mostSyntaxFaults = 20
const tooDeep = 'It is nested too deep.'

/** YAML, or JSON as a part of it, with the lines of what is in it. */
export class YamlText {
  /** Undefined where there are faults. `!file` is a `FileReference`. */
  readonly value: unknown
  /** Why it can't be read. */
  readonly faults: readonly LineFault[]
  readonly #document: Document.Parsed | undefined
  readonly #lines = new LineCounter()

  constructor(text: string) {
    try {
      const options = { ...dialect, lineCounter: this.#lines, stringKeys: true, prettyErrors: false }
      const parsed = parseDocument(text, options)
      this.#document = parsed
      // An unknown tag is a warning.
      const found = [...parsed.errors, ...parsed.warnings]
      const told = found.slice(0, found[0]?.code === 'RESOURCE_EXHAUSTION' ? 1 : mostSyntaxFaults)
      this.faults = told.map(({ code, pos: [offset], message }) => {
        return { line: this.#lineAt(offset), detail: code === 'RESOURCE_EXHAUSTION' ? tooDeep : sentence(message) }
      })
      if (this.faults.length > 0) return
      // Aliases that would make much of little are an error there.
      const value: unknown = parsed.toJS({ maxAliasCount: 100 })
      if (isDeep(value)) this.faults = [{ line: 1, detail: tooDeep }]
      else this.value = value
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error
      this.faults = [{ line: 1, detail: sentence(error.message) }]
    }
  }

  /** Where the key is that a path ends with, or the last one on the way there. */
  lineOf(path: YamlPath): number {
    let node = this.#contents
    let offset = node?.range?.[0] ?? 0
    for (const key of path) {
      const child = childOf(node, String(key))
      if (child === undefined) break
      node = child.node
      offset = child.offset ?? offset
    }
    return this.#lineAt(offset)
  }

  /**
   * The keys of a path that has them separated by dots. A key may have dots of its own: the longest that is there is
   * taken. What is not in the text stays in one piece at the end.
   */
  keysOf(dotted: string): readonly string[] {
    const keys: string[] = []
    let node = this.#contents
    let rest = dotted
    while (rest !== '') {
      const [key = ''] = keysIn(node)
        .filter((each) => rest === each || rest.startsWith(`${each}.`))
        .toSorted((one, other) => other.length - one.length)
      if (key === '') return [...keys, rest]
      keys.push(key)
      node = childOf(node, key)?.node
      rest = rest.slice(key.length + 1)
    }
    return keys
  }

  get #contents(): Node | undefined {
    return this.#document?.contents ?? undefined
  }

  #lineAt(offset: number): number {
    return Math.max(this.#lines.linePos(offset).line, 1)
  }
}

/** @throws CliFailure that names each line where it can't be read */
export function parseYaml(text: string, file: string): YamlText {
  const yaml = new YamlText(text)
  if (yaml.faults.length === 0) return yaml
  throw new CliFailure('wrongUse', yaml.faults.map(({ line, detail }) => `${file}:${line} ${detail}`).join('\n'))
}

interface Child {
  readonly node: Node | undefined
  /** Where it begins, with its key. */
  readonly offset: number | undefined
}

function childOf(node: Node | undefined, key: string): Child | undefined {
  if (isMap<Node, Node>(node)) {
    const pair = node.items.find((each) => keyOf(each.key) === key)
    return pair && { node: pair.value ?? undefined, offset: pair.key.range?.[0] }
  }
  if (!isSeq<Node>(node)) return undefined
  const item = node.items[Number(key)]
  return item && { node: item, offset: item.range?.[0] }
}

function keysIn(node: Node | undefined): readonly string[] {
  if (isMap<Node, Node>(node)) return node.items.map(({ key }) => keyOf(key))
  return isSeq(node) ? node.items.map((_, index) => String(index)) : []
}

function keyOf(key: Node): string {
  return isScalar(key) ? String(key.value ?? '') : isAlias(key) ? key.source : ''
}

/** Also what has itself inside, by an alias. */
function isDeep(value: unknown, outside: readonly unknown[] = []): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (outside.length === mostLevels || outside.includes(value)) return true
  const around = [...outside, value]
  return Object.values(value).some((each) => isDeep(each, around))
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`
}
