import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const list = /^export (?:type )?\{([^}]*)\}/gm
const declaration = /^export (?:declare )?(?:async )?(?:abstract )?(?:const|let|function|class|interface|type) (\w+)/gm
const everythingOf = /^export (?:type )?\* from '(\.[^']+)'/gm

/**
 * What others may import of a workspace: the names of all its entries, types too, and the entries, such as `./testing`.
 */
export function exportedNames(directory: string): ReadonlySet<string> {
  const { exports = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const names = Object.keys(exports).flatMap((entry) => [entry, ...namesOf(sourceOf(directory, exports[entry]))])
  return new Set(names)
}

/** Entries are compiled: `./dist/index.js` comes from `src/index.ts`. */
function sourceOf(directory: string, entry: string | { readonly default: string }): string {
  const compiled = typeof entry === 'string' ? entry : entry.default
  const source = join(directory, compiled.replace(/^\.\/(dist|build)\//, 'src/').replace(/\.js$/, '.ts'))
  if (!existsSync(source)) throw new Error(`there is no ${source}`)
  return source
}

function namesOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8')
  const listed = [...text.matchAll(list)].flatMap(([, names = '']) => names.split(',').map(nameOf))
  const declared = [...text.matchAll(declaration)].map(([, name = '']) => name)
  const further = [...text.matchAll(everythingOf)].flatMap(([, path = '']) => namesOf(join(dirname(file), path)))
  return [...listed, ...declared, ...further].filter((name) => name !== '')
}

/** `type A as B`: B. */
function nameOf(specifier: string): string {
  return specifier.trim().split(/\s+/).at(-1) ?? ''
}
