import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { codeOf, currentDocuments, type MarkdownDocument } from '../../support/documents.ts'
import { root } from '../../support/entries.ts'
import { workspaces } from '../../support/workspaces.ts'

const scripts = new Map(
  [root, ...workspaces.map(({ directory }) => directory)].map((directory) => {
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    return [join(directory, '.'), Object.keys(manifest.scripts)] as const
  }),
)

/** `npm run gc`, `npm test -w apps/cli`: the script, and where it is run. */
function scriptsIn(document: MarkdownDocument): readonly { readonly script: string; readonly workspace: string }[] {
  const command =
    /\bnpm (?:run (?:-\S+ )*)?(?!pack|install|ci\b|run\b|exec|view)([a-z][\w:-]*)((?: +(?!--? )[^\s`|&;]+)*)/g
  return codeOf(document).flatMap((code) =>
    [...code.matchAll(command)].map(([, script = '', rest = '']) => {
      return { script, workspace: / (?:-w|--workspace) (\S+)/.exec(rest)?.[1] ?? '.' }
    }),
  )
}

interface MtlsCommand {
  readonly name: string
  readonly page: string
}

/** Its headings and pages are the commands' own help: a test of apps/cli holds them together. */
const mtlsCommands: readonly MtlsCommand[] = readFileSync(join(root, 'docs/cli.md'), 'utf8')
  .split(/^### mtls/m)
  .slice(1)
  .map((page) => ({ name: page.slice(0, page.indexOf('\n')).trim(), page }))
const allOptions = mtlsCommands.find(({ name }) => name === '')?.page ?? ''

/** `mtls csr --renew c1 > client.csr`: up to what ends a command in a shell, over lines that go on. */
function faultsOf(line: string): readonly string[] {
  const [first = '', second = ''] = line.split(/\s+/).filter((word) => !word.startsWith('-'))
  const command =
    mtlsCommands.find(({ name }) => name === `${first} ${second}`) ?? mtlsCommands.find(({ name }) => name === first)
  if (command === undefined) return ['', 'help'].includes(first) ? [] : [`mtls ${line}`]
  const options = [...line.matchAll(/(?<=\s)--[a-z][\w-]*/g)].map(([option]) => option)
  const known = `${command.page}${allOptions}`
  return options
    .filter((option) => !new RegExp(`${option}(?![\\w-])`).test(known))
    .map((option) => `mtls ${line}: ${option}`)
}

function mtlsIn(document: MarkdownDocument): readonly string[] {
  return codeOf(document).flatMap((code) =>
    [...code.replaceAll(/\\\n */g, '').matchAll(/(?<=^|npx |[|$] )mtls((?: [^\s|&;>#`]+)+)/gm)].map(([, line = '']) =>
      line.trim(),
    ),
  )
}

describe('the commands in the documents', () => {
  it('are read', () => {
    expect(currentDocuments.flatMap(scriptsIn).length).toBeGreaterThan(50)
    expect(currentDocuments.flatMap(mtlsIn).length).toBeGreaterThan(80)
  })

  it.each(currentDocuments)('are scripts that there are: $path', (document) => {
    const missing = scriptsIn(document).filter(
      ({ script, workspace }) => !scripts.get(join(root, workspace, '.'))?.includes(script),
    )
    expect(missing).toEqual([])
  })

  it.each(currentDocuments)('are commands and options of mtls: $path', (document) => {
    expect(mtlsIn(document).flatMap(faultsOf)).toEqual([])
  })
})
