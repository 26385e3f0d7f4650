import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { targetNamed, targetNames } from '../targets/index.ts'
import type { FuzzOptions } from './options.ts'

/** Runs kept cases again. @returns the findings, one sentence each */
export async function replay({ names, files }: FuzzOptions): Promise<readonly string[]> {
  const found: string[] = []
  for (const file of files) {
    const folder = basename(dirname(resolve(process.env.INIT_CWD ?? '.', file)))
    const name = targetNames.includes(folder) ? folder : names[0]
    const target = await targetNamed(name ?? '')
    const open = await target.open({ withOthers: true })
    const [verdict] = await open.run([readFileSync(resolve(process.env.INIT_CWD ?? '.', file))], () => {})
    await open.close()
    for (const note of open.notes) console.error(note)
    console.log(`${file}: ${verdict?.finding ?? 'nothing is found'}`)
    if (verdict?.finding !== undefined) found.push(verdict.finding)
  }
  return found
}
