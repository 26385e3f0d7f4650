import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readCorpus } from '../engine/corpus.ts'
import type { OpenTarget, Verdict } from '../engine/target.ts'
import { targetNamed, targetNames } from '../targets/index.ts'

describe.each(targetNames)('what is kept for %s', (name) => {
  const files = readCorpus(name)
  const verdicts = new Map<string, Verdict>()
  let open: OpenTarget | undefined

  beforeAll(async () => {
    const target = await targetNamed(name)
    open = await target.open({ withOthers: false })
    for (let at = 0; at < files.length; at += target.batch) {
      const batch = files.slice(at, at + target.batch)
      const seen = await open.run(
        batch.map(({ input }) => input),
        () => {},
      )
      for (const [index, { file }] of batch.entries()) verdicts.set(file, seen[index] ?? {})
    }
  })
  afterAll(() => open?.close())

  it.each(files.map(({ file }) => file))('%s shows nothing', (file) => {
    expect(verdicts.get(file)).toMatchObject({})
    expect(verdicts.get(file)?.finding).toBeUndefined()
  })
})
