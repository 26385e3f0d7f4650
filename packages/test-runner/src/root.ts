import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../../..')

interface Tasks {
  readonly tasks: Readonly<Record<string, { readonly cache?: boolean }>>
}

/** The folders of workspaces whose test results turbo remembers: they depend only on sources that they import. */
export function rememberedWorkspaces(): string[] {
  const { tasks }: Tasks = JSON.parse(readFileSync(join(root, 'turbo.json'), 'utf8'))
  return Object.entries(tasks)
    .filter(([task, { cache = true }]) => task.endsWith('#test') && cache)
    .flatMap(([task]) => {
      // `@mtls-gateway/NAME#test`
      const name = task.slice(task.indexOf('/') + 1, -'#test'.length)
      return globSync(`{apps,packages}/${name}`, { cwd: root })
    })
}
