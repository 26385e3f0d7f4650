import { describe, expect, it } from '@jest/globals'
import { packageOf, type Source, type Workspace, workspaces } from '../support/workspaces.ts'

/** Named though nothing imports them. */
const unimported: Readonly<Record<string, readonly string[]>> = {
  // @nestjs/swagger loads it to serve the page of the documentation.
  'service-kit': ['@fastify/static'],
  // Typings that are declared beside it.
  cli: ['commander'],
  admin: ['commander'],
  // They are run as processes; what is named is built before. The schemas of CycloneDX are read as files.
  e2e: ['@mtls-gateway/cli', '@cyclonedx/cyclonedx-library'],
  bench: ['@mtls-gateway/config-api', '@mtls-gateway/forwarder-api'],
}

/** Images need nothing of what only builds run; and `mtls` is packed as a bundle of all that it imports. */
const neededForBuilds = ['app-bundle', 'cli']

/** The app's own, which Vite puts into files for browsers. */
const forBrowsers = ({ path }: Source) => path.startsWith('apps/console/src/web/')

function importedBy({ name }: Workspace, files: readonly Source[]): string[] {
  const imported = new Set(files.flatMap(({ imports }) => imports.flatMap((each) => packageOf(each) ?? [])))
  // Jest is the checkout's: contract suites run where a test imports them.
  imported.delete('@jest/globals')
  imported.delete(`@mtls-gateway/${name}`)
  return [...imported]
}

/** A package of types stands for the one that it describes. */
function described(dependency: string): string {
  return dependency.replace(/^@types\//, '')
}

describe.each(workspaces.map((workspace) => [workspace.name, workspace] as const))(
  'the manifest of %s',
  (name, own) => {
    const { dependencies, devDependencies } = own
    const sources = own.sources.filter((source) => !forBrowsers(source))
    const tests = [...own.tests, ...own.sources.filter(forBrowsers)]
    const exceptions = unimported[name] ?? []
    const bySources = neededForBuilds.includes(name) ? [] : importedBy(own, sources)
    const forDevelopment = neededForBuilds.includes(name) ? [...tests, ...sources] : tests
    const byTests = importedBy(own, forDevelopment).filter((imported) => !dependencies.includes(imported))

    it('names exactly the packages that its sources import', () => {
      expect(dependencies.filter((each) => !exceptions.includes(each)).sort()).toEqual(bySources.sort())
    })

    it('names for its development exactly those that its tests import besides, and types', () => {
      const used = devDependencies.filter((each) => each === described(each) && !exceptions.includes(each))
      expect(used.sort()).toEqual(byTests.sort())
      const types = devDependencies.filter((each) => each !== described(each))
      expect(types.filter((each) => ![...bySources, ...byTests].includes(described(each)))).toEqual([])
    })
  },
)
