import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from './entries.ts'

/** A Markdown file of the checkout. */
export interface MarkdownDocument {
  /** From the checkout's root. */
  readonly path: string
  readonly text: string
  /** What is between the fenced blocks. */
  readonly prose: string
  readonly blocks: readonly FencedBlock[]
}

export interface FencedBlock {
  readonly language: string
  readonly text: string
}

const notOurs = ['node_modules', 'dist', 'build', 'coverage', 'findings', 'failures']
const fence = /^( *)```(\w*)[^\n]*\n(.*?)^\1```$/gms

function readDocument(path: string): MarkdownDocument {
  const text = readFileSync(join(root, path), 'utf8')
  const blocks = [...text.matchAll(fence)].map(([, , language = '', block = '']) => ({ language, text: block }))
  return { path, text, prose: text.replace(fence, ''), blocks }
}

/** Every one of them. A glob passes over folders whose name begins with a dot, unless it names them. */
export const documents: readonly MarkdownDocument[] = globSync(['**/*.md', '.github/**/*.md'], {
  cwd: root,
  exclude: (path) => notOurs.includes(basename(path)),
})
  .sort()
  .map(readDocument)

/** Without the changelog and its fragments, which name what there was. */
export const currentDocuments = documents.filter(({ path }) => path !== 'CHANGELOG.md' && !/^changes\W/.test(path))

/** What a document sets in code: `spans` of its prose and fenced blocks. */
export function codeOf({ prose, blocks }: MarkdownDocument): readonly string[] {
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
  return [...spans, ...blocks.map(({ text }) => text)]
}
