import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'

test('what a bar covers until one scrolls is no fault of the page', async ({ page, account, system }) => {
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank.example' }))
  await page.goto(account.path(`certificates/${id}`))
  await expect(page.getByRole('button', { name: 'Set a plan' })).toBeVisible()
  await page.evaluate(() => scrollTo(0, 100))
  const find = page.getByRole('banner').getByRole('button').first()
  // Two buttons of the page, one above the other; of the upper one, 15 pixels are seen.
  await find.evaluate((cover) => {
    const { bottom, left } = cover.getBoundingClientRect()
    for (const top of [bottom - 15, bottom + 15]) {
      const button = Object.assign(document.createElement('button'), { textContent: 'b' })
      Object.assign(button.style, { position: 'absolute', left: `${left}px`, top: `${top + scrollY}px` })
      Object.assign(button.style, { width: '30px', height: '30px' })
      document.querySelector('main')?.append(button)
    }
  })
  await expectNoAxeViolations(page)
  expect(await page.evaluate(() => scrollY)).toBe(100)
})
