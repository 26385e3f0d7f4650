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

/** `npm run bench`, `npm test -w apps/cli`: the script, and where it is run. */
function scriptsIn(document: MarkdownDocument): readonly { readonly script: string; readonly workspace: string }[] {
  const command =
    /\bnpm (?:run (?:-\S+ )*)?(?!pack|install|ci\b|run\b|exec|view|audit|sbom)([a-z][\w:-]*)((?: +(?!--? )[^\s`|&;]+)*)/g
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

/** A program. Headings and blocks of its page are its commands' own help: tests of its workspace hold them together. */
class Program {
  readonly name: string
  readonly #commands: readonly MtlsCommand[]
  readonly #allOptions: string

  constructor(name: string, path: string) {
    this.name = name
    const pages = readFileSync(join(root, path), 'utf8')
      .split(new RegExp(`^### ${name}(?![\\w-])`, 'm'))
      .slice(1)
    this.#commands = pages.map((page) => ({ name: page.slice(0, page.indexOf('\n')).trim(), page }))
    this.#allOptions = this.#commands.find((command) => command.name === '')?.page ?? ''
  }

  /** `csr --renew c1` of `mtls csr --renew c1 > client.csr`: up to what ends a command, over lines that go on. */
  linesIn(document: MarkdownDocument): readonly string[] {
    const command = new RegExp(`(?<=^|npx |[|$] |exec \\S+ (?:-- )?)${this.name}((?: [^\\s|&;>#\`]+)+)`, 'gm')
    return codeOf(document).flatMap((code) =>
      [...code.replaceAll(/\\\n */g, '').matchAll(command)].map(([, line = '']) => line.trim()),
    )
  }

  faultsOf(line: string): readonly string[] {
    const [first = '', second = ''] = line.split(/\s+/).filter((word) => !word.startsWith('-'))
    const named = (name: string) => this.#commands.find((command) => command.name === name)
    const command = named(`${first} ${second}`) ?? named(first)
    if (command === undefined) return ['', 'help', 'COMMAND'].includes(first) ? [] : [`${this.name} ${line}`]
    const options = [...line.matchAll(/(?<=\s)--[a-z][\w-]*/g)].map(([option]) => option)
    const known = `${command.page}${this.#allOptions}`
    return options
      .filter((option) => !new RegExp(`${option}(?![\\w-])`).test(known))
      .map((option) => `${this.name} ${line}: ${option}`)
  }
}

const mtls = new Program('mtls', 'docs/cli.md')
const mtlsAdmin = new Program('mtls-admin', 'docs/admin.md')

describe('the commands in the documents', () => {
  it('are read', () => {
    expect(currentDocuments.flatMap(scriptsIn).length).toBeGreaterThan(50)
    expect(currentDocuments.flatMap((document) => mtls.linesIn(document)).length).toBeGreaterThan(80)
    expect(currentDocuments.flatMap((document) => mtlsAdmin.linesIn(document)).length).toBeGreaterThan(10)
  })

  it.each(currentDocuments)('are scripts that there are: $path', (document) => {
    const missing = scriptsIn(document).filter(
      ({ script, workspace }) => !scripts.get(join(root, workspace, '.'))?.includes(script),
    )
    expect(missing).toEqual([])
  })

  it.each(currentDocuments)('are commands and options of mtls and mtls-admin: $path', (document) => {
    const faults = [mtls, mtlsAdmin].flatMap((program) =>
      program.linesIn(document).flatMap((line) => program.faultsOf(line)),
    )
    expect(faults).toEqual([])
  })
})
