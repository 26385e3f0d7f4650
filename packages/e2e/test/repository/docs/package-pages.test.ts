import { existsSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { documents } from '../../support/documents.ts'
import { root } from '../../support/entries.ts'
import { exportedNames } from '../../support/exported-names.ts'
import { ours, type Workspace, workspaces } from '../../support/workspaces.ts'

/** So many packages are named one by one; of more, a page names those that matter most. */
const fewUsers = 8

function pageOf({ directory }: Workspace): string {
  return documents.find(({ path }) => path === join(relative(root, directory), 'README.md'))?.text ?? ''
}

/** `- **Exports** ...`, up to the next point. */
function pointOf(workspace: Workspace, name: string): string {
  return new RegExp(`^- \\*\\*${name}\\*\\*(.*(?:\\n .*)*)`, 'm').exec(pageOf(workspace))?.[1] ?? ''
}

function codeIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

function linkedIn(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)#]+)/g)].map(([, path = '']) => path)
}

/** Those whose sources import it: tests may import anything. */
function usersOf({ name }: Workspace): readonly string[] {
  const others = workspaces.filter((other) => other.name !== name)
  return others
    .filter(({ sources }) => sources.some(({ imports }) => imports.flatMap(ours).includes(name)))
    .map((other) => other.name)
}

describe.each(workspaces.map((workspace) => [workspace.name, workspace] as const))('the page of %s', (name, own) => {
  it('begins with its name', () => {
    expect(pageOf(own).split('\n')[0]).toBe(`# @mtls-gateway/${name}`)
  })

  it('leads to a file of the workspace to start with', () => {
    const [first = ''] = linkedIn(pointOf(own, 'Start reading'))
    expect(first).toMatch(/^\w/)
    expect(existsSync(join(own.directory, first))).toBe(true)
  })

  it('names exports that there are', () => {
    const named = codeIn(pointOf(own, 'Exports')).filter((code) => !code.startsWith('npm '))
    const exported = exportedNames(own.directory)
    expect(named.filter((each) => !exported.has(each))).toEqual([])
    // An entry for one other package, such as that of the bench for a test, needs no word.
    if (exported.has('.')) expect(named.length).toBeGreaterThan(0)
  })

  it('names packages that use it', () => {
    const point = pointOf(own, 'Used by')
    const named = linkedIn(point).map((path) => basename(path))
    const users = usersOf(own)
    expect(point).not.toBe('')
    if (users.length <= fewUsers) expect(named).toEqual(expect.arrayContaining([...users]))
    const known = workspaces.map((workspace) => workspace.name)
    expect(named.filter((each) => known.includes(each) && !users.includes(each))).toEqual([])
  })
})
