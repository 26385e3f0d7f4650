import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** The parts of Vite's output that this needs: chunks and other files of the bundle. */
interface Output {
  readonly type: 'chunk' | 'asset'
  readonly name?: string
  readonly isEntry?: boolean
  readonly imports?: readonly string[]
  readonly code?: string
  readonly source?: string | Uint8Array
  readonly viteMetadata?: { readonly importedCss: ReadonlySet<string> }
}

export interface FirstLoadBudget {
  readonly maxGzipBytes: number
  /** Name of the chunk of the page that comes first; it is loaded beside the entry. */
  readonly firstPage: string
}

/** Ends the build if what a browser loads before it shows the first page has more bytes than this after gzip. */
export function firstLoadBudget({ maxGzipBytes, firstPage }: FirstLoadBudget): Plugin {
  return {
    name: 'first-load-budget',
    apply: 'build',
    writeBundle(_, bundle) {
      const files = firstFiles(bundle as Readonly<Record<string, Output>>, firstPage)
      const bytes = files.reduce((sum, [, content]) => sum + gzipSync(content).byteLength, 0)
      const message = `first load: ${kB(bytes)} kB gzip of ${kB(maxGzipBytes)} (${files.length} files)`
      if (bytes > maxGzipBytes) throw new Error(`${message}. Load what is not needed at once by import().`)
      this.info(message)
    },
  }
}

type File = [name: string, content: string | Uint8Array]

/** The entry and the first page, what they import, and their style sheets. */
function firstFiles(bundle: Readonly<Record<string, Output>>, firstPage: string): File[] {
  const names = new Set<string>()
  const add = (name: string) => {
    if (names.has(name)) return
    names.add(name)
    for (const other of [...(bundle[name]?.imports ?? []), ...(bundle[name]?.viteMetadata?.importedCss ?? [])])
      add(other)
  }
  for (const [name, output] of Object.entries(bundle)) {
    if (output.isEntry === true || output.name === firstPage || name.endsWith('.html')) add(name)
  }
  if (!Object.values(bundle).some(({ name }) => name === firstPage)) throw new Error(`no chunk is named ${firstPage}`)
  return [...names].flatMap((name): File[] => {
    const content = bundle[name]?.code ?? bundle[name]?.source
    return content === undefined ? [] : [[name, content]]
  })
}

function kB(bytes: number): string {
  return (bytes / 1_000).toFixed(1)
}
