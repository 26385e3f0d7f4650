import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transformSync } from '@swc/core'

const globals = new URL('jest-globals.ts', import.meta.url).href
/** Tests' support, and packages' contract suites: what describes tests, registers hooks or keeps state for one file. */
const ofTests = /^file:.*\/(?:apps|packages)\/[\w-]+\/(?:test|(?:src|dist)\/testing)\/.*\.[tj]s$/
const decorator = /^\s*@[A-Z]\w*\(/m

/** The url that a test file is loaded by, and with it everything that is loaded anew for it. */
export function urlOfFile(url: string, file: number): string {
  return `${url}?file=${file}`
}

/** Node strips types itself, which is all that most files need; it has no decorators. */
function compiled(path: string, source: string): string {
  const { code } = transformSync(source, {
    filename: path,
    swcrc: false,
    module: { type: 'es6' },
    jsc: {
      target: 'es2024',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
  })
  return code
}

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const [, file = ''] = /\?file=(\d+)$/.exec(context.parentURL ?? '') ?? []
    if (specifier === '@jest/globals') return { url: urlOfFile(globals, Number(file)), shortCircuit: true }
    const resolved = nextResolve(specifier, context)
    return file !== '' && ofTests.test(resolved.url)
      ? { ...resolved, url: urlOfFile(resolved.url, Number(file)) }
      : resolved
  },

  load: (url, context, nextLoad) => {
    if (!/\.ts(\?|$)/.test(url)) return nextLoad(url, context)
    const path = fileURLToPath(url)
    const source = readFileSync(path, 'utf8')
    if (!decorator.test(source)) return nextLoad(url, context)
    return { format: 'module', source: compiled(path, source), shortCircuit: true }
  },
})
