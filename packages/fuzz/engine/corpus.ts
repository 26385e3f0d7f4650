import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const workspace = join(import.meta.dirname, '..')

export const corpusFolder = (name: string) => join(workspace, 'corpus', name)
export const findingsFolder = (name: string) => join(workspace, 'findings', name)
export const notRepeatedFolder = (name: string) => join(workspace, 'findings', 'not-repeated', name)

export interface CorpusFile {
  readonly file: string
  readonly input: Buffer
}

/** A target's cases that are kept in the repository, in the order of their names. */
export function readCorpus(name: string): readonly CorpusFile[] {
  const folder = corpusFolder(name)
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).sort()
  return files.map((file) => ({ file, input: readFileSync(join(folder, file)) }))
}

/** Names the file after its content, so that the same case is kept once. @returns its path */
export function keepCase(folder: string, input: Buffer): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, createHash('sha256').update(input).digest('hex').slice(0, 16))
  writeFileSync(path, input)
  return path
}

/** With the sentence of what was seen in a file beside it. @returns the path of the case */
export function keepNotRepeated(folder: string, input: Buffer, seen: string): string {
  const path = keepCase(folder, input)
  appendFileSync(`${path}.txt`, `${seen}\n`)
  return path
}
