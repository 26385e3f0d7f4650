import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { packed as released } from '../../../../infra/release/assets.ts'
import { root } from '../support/entries.ts'
import { ours, workspaces } from '../support/workspaces.ts'

/** Users get them as tarballs, and npm puts into one only the licence that lies in the package itself. */
const packed = ['cli', ...withDependencies('client')]

it('a release has the packages that users install', () => {
  expect(released.map((folder) => folder.split('/').at(-1)).sort()).toEqual(packed.toSorted())
})

function withDependencies(name: string): string[] {
  const { dependencies = [] } = workspaces.find((workspace) => workspace.name === name) ?? {}
  return [...new Set([name, ...dependencies.flatMap(ours).flatMap(withDependencies)])]
}

const licenceIn = (directory: string) => readFileSync(join(directory, 'LICENSE'), 'utf8')

it('packages that users install have the licence in them', () => {
  for (const { name, directory } of workspaces) {
    if (packed.includes(name)) expect({ name, text: licenceIn(directory) }).toEqual({ name, text: licenceIn(root) })
  }
})
