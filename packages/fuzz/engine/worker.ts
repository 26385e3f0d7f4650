import { targetNamed } from '../targets/index.ts'
import { Campaign } from './campaign.ts'
import { corpusFolder, findingsFolder, keepCase, notRepeatedFolder } from './corpus.ts'
import { Coverage } from './coverage.ts'
import type { Job, Report } from './messages.ts'
import { PresentCase, readPresentCase } from './present-case.ts'

const reportMs = 500

/** The process of one target: it takes a job, reports twice a second and when something is found, and ends. */
process.on('disconnect', () => process.exit())
process.once('message', async (job: Job) => {
  const coverage = new Coverage()
  const target = await targetNamed(job.name)
  const open = await target.open({ withOthers: true })
  const present = new PresentCase(job.presentCase)
  const report = (isDone: boolean): Report => {
    const { cases, corpus, reached, findings } = campaign
    const { repeated, notRepeated } = findings
    return { isDone, cases, corpus: corpus.length, reached, findings: repeated, notRepeated, notes: open.notes }
  }
  let reportedAt = 0
  const tell = () => {
    reportedAt = performance.now()
    process.send?.(report(false))
  }
  const campaign = new Campaign(target, open, {
    seed: job.seed,
    findingsFolder: findingsFolder(job.name),
    notRepeatedFolder: notRepeatedFolder(job.name),
    coverage: target.covered && coverage,
    begin: (batch, index) => {
      present.set(batch, index)
      if (performance.now() - reportedAt > reportMs) tell()
    },
    found: tell,
  })
  if (target.covered === undefined) coverage.close()
  else coverage.watch(target.covered)
  await campaign.start(job.again === undefined ? undefined : readPresentCase(job.again).batch)
  const until = performance.now() + job.seconds * 1_000
  do await campaign.step()
  while (performance.now() < until)
  if (job.grow) for (const input of await campaign.smallestCorpus()) keepCase(corpusFolder(job.name), input)
  await open.close()
  present.close()
  process.send?.(report(true), undefined, undefined, () => process.disconnect())
})
