import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type JestGlobals, provideGlobals } from './current-globals.ts'
import { urlOfFile } from './module-hooks.ts'

const require = createRequire(import.meta.url)
let files = 0

/**
 * Jest's `runtime` that loads test files as Node does, not into a VM for each of them: the code under test is loaded
 * once per worker, and `instanceof` works. Test files and their support are loaded anew for each file.
 */
class NativeRuntime {
  unstable_shouldLoadAsEsm(): boolean {
    return true
  }

  async unstable_importModule(path: string): Promise<unknown> {
    return import(urlOfFile(pathToFileURL(path).href, ++files))
  }

  requireModule(path: string): unknown {
    return require(path)
  }

  /** jest-circus keeps what it knows of a run in its module and in a global: each test file gets new ones. */
  requireInternalModule(path: string): unknown {
    Reflect.deleteProperty(globalThis, Symbol.for('EVENT_HANDLERS'))
    delete require.cache[require.resolve(path)]
    return require(path)
  }

  setGlobalsForRuntime(globals: JestGlobals): void {
    provideGlobals(globals)
  }

  enterTestCode(): void {}

  leaveTestCode(): void {}

  getSourceMaps(): Map<string, string> {
    return new Map()
  }

  getAllCoverageInfoCopy(): object {
    return {}
  }

  teardown(): void {}
}

// What `require` returns.
export { NativeRuntime as 'module.exports' }
