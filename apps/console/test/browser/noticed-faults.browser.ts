import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { expectPage } from './support/on-the-page.ts'

test.use({ scopes: null })

test('what goes wrong in a page is noticed, and so is what axe finds', async ({ page, pageFaults, expectedFaults }) => {
  await page.goto('/sign-in')
  await expectPage(page, 'Sign in')
  expect(pageFaults.unexpected(expectedFaults)).toEqual([])

  await page.evaluate(() => {
    console.error('an error that is only logged')
    setTimeout(() => {
      throw new Error('an error that nobody catches')
    })
    document.body.append(Object.assign(document.createElement('script'), { textContent: '1' }))
    document.body.append(document.createElement('button'))
    void fetch('/console/nothing')
  })
  await expect
    .poll(() => pageFaults.unexpected(expectedFaults).toSorted())
    .toEqual([
      '404 GET /console/nothing',
      expect.stringMatching(/^console: .*Content Security Policy/),
      'console: an error that is only logged',
      expect.stringMatching(/^page: Error: an error that nobody catches/),
      'policy: script-src-elem inline',
    ])
  await expect(expectNoAxeViolations(page)).rejects.toThrow('button-name')
  expectedFaults.push(/./)
})
