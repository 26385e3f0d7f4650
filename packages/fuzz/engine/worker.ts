import { targetNamed } from '../targets/index.ts'
import { Campaign } from './campaign.ts'
import { corpusFolder, findingsFolder, keepCase } from './corpus.ts'
import { Coverage } from './coverage.ts'
import type { Job, Report } from './messages.ts'
import { PresentCase } from './present-case.ts'

const reportMs = 500

/** The process of one target: it gets a job, reports twice a second, and exits. */
process.on('disconnect', () => process.exit())
process.once('message', async (job: Job) => {
  const coverage = new Coverage()
  const target = await targetNamed(job.name)
  const open = await target.open({ withOthers: true })
  const present = new PresentCase(job.presentCase)
  const campaign = new Campaign(target, open, {
    seed: job.seed,
    findingsFolder: findingsFolder(job.name),
    coverage: target.covered && coverage,
    begin: (input) => present.set(input),
  })
  const report = (isDone: boolean): Report => {
    const { cases, corpus, reached, findings } = campaign
    return { isDone, cases, corpus: corpus.length, reached, findings, notes: open.notes }
  }
  if (target.covered === undefined) coverage.close()
  else coverage.watch(target.covered)
  await campaign.start()
  const until = performance.now() + job.seconds * 1_000
  let reportedAt = 0
  while (performance.now() < until) {
    await campaign.step()
    if (performance.now() - reportedAt < reportMs) continue
    reportedAt = performance.now()
    process.send?.(report(false))
  }
  if (job.grow) for (const input of await campaign.smallestCorpus()) keepCase(corpusFolder(job.name), input)
  await open.close()
  present.close()
  process.send?.(report(true), undefined, undefined, () => process.disconnect())
})
