/**
 * Puts what is unreleased in CHANGELOG.md, and the fragments in `changes`, under a version: npm run changelog -- 0.2.0
 */
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const kinds = ['Changed', 'Added', 'Deprecated', 'Removed', 'Fixed', 'Security']

/** @param root the folder of CHANGELOG.md and `changes`, whose fragments are deleted */
export function release(root: string, version: string, date: string): void {
  const file = join(root, 'CHANGELOG.md')
  const [head, unreleased, ...older] = readFileSync(file, 'utf8').split(/^(?=## )/m)
  if (!unreleased?.startsWith('## Unreleased')) throw new Error('CHANGELOG.md does not begin with ## Unreleased')
  const fragments = globSync('changes/*.md', { cwd: root }).sort()
  const stray = fragments.find((path) => kindOf(path) === undefined)
  if (stray !== undefined) throw new Error(`${stray}: its name does not say what it changes`)
  const linesOf = (kind: string) => [
    ...unreleased.split(/^### /m).filter((section) => section.startsWith(`${kind}\n`)),
    ...fragments.filter((path) => kindOf(path) === kind).map((path) => `\n${readFileSync(join(root, path), 'utf8')}`),
  ]
  const sections = kinds.flatMap((kind) => {
    const lines = linesOf(kind).flatMap((text) => text.match(/(?<=\n).+/g) ?? [])
    return lines.length === 0 ? [] : [`### ${kind}\n\n${lines.join('\n')}\n`]
  })
  const text = [`${head}## Unreleased\n`, `## ${version} - ${date}\n`, ...sections, ...older].join('\n')
  writeFileSync(file, text)
  for (const path of fragments) rmSync(join(root, path))
}

/** `Fixed` for `changes/fixed-rotation-diagram.md`. */
export function kindOf(path: string): string | undefined {
  const kind = /^changes[\\/]([a-z]+)-/.exec(path)?.[1]
  return kinds.find((each) => each.toLowerCase() === kind)
}

if (import.meta.main) {
  const version = process.argv[2] ?? ''
  if (/^\d+\.\d+\.\d+$/.test(version)) {
    release(join(import.meta.dirname, '../..'), version, new Date().toISOString().slice(0, 10))
  } else {
    console.error('Name the version: npm run changelog -- 0.2.0')
    process.exitCode = 2
  }
}
