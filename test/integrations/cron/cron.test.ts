/** Schedules in the language of cron. */
import { describe, expect, it } from '@jest/globals';
import { Every, manualClock } from 'carillon';
import { cron } from 'carillon/cron';
import { build } from '../../support/container.js';
import { stageOn } from '../../support/stage.js';

describe('cron', () => {
  it.each([
    ['0 3 * * *', 'UTC', '2026-03-28T03:00Z', ['2026-03-29T03:00Z', '2026-03-30T03:00Z']],
    ['0 3 * * *', 'Europe/Berlin', '2026-03-28T02:00Z', ['2026-03-29T01:00Z', '2026-03-30T01:00Z']],
    [
      '*/15 9 * * MON',
      'America/New_York',
      '2026-01-01T00:00Z',
      ['2026-01-05T14:00Z', '2026-01-05T14:15Z'],
    ],
    ['30 0 12 * * *', 'UTC', '2026-01-01T12:00:30Z', ['2026-01-02T12:00:30Z']],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00Z', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
  ])('%s in %s gives the dates after %s', (pattern, timezone, after, expected) => {
    const schedule = cron(pattern, { timezone });

    const dates: (number | undefined)[] = [Date.parse(after)];
    for (const _ of expected) dates.push(schedule.next(dates.at(-1) as number));

    expect(dates.slice(1)).toEqual(expected.map((date) => Date.parse(date)));
  });

  it('ends with its pattern', () => {
    expect(cron('0 0 0 1 1 * 2026', { timezone: 'UTC' }).next(Date.UTC(2026, 5))).toBeUndefined();
  });

  it('S3 calls what @Every decorates, on the clock of the application', () => {
    const clock = manualClock({ date: Date.UTC(2026, 0, 1) });
    const { container } = stageOn(clock);
    const rung: string[] = [];
    class Bell {
      @Every(cron('0 */6 * * *', { timezone: 'UTC' }))
      ring() {
        rung.push(new Date(clock.date()).toISOString());
      }
    }
    build(container, Bell);

    for (let minute = 0; minute < 60 * 13; minute += 1) clock.tick(60_000);

    expect(rung).toEqual(['2026-01-01T06:00:00.000Z', '2026-01-01T12:00:00.000Z']);
  });

  it.each([['often'], ['99 * * * *'], [''], [undefined]])(
    'CAR6009: refuses the pattern %p',
    (pattern) => {
      expect(() => cron(pattern as never)).toThrow(expect.objectContaining({ code: 'CAR6009' }));
    },
  );

  it('CAR6009: refuses a time zone that is none', () => {
    expect(() => cron('* * * * *', { timezone: 'Middle/Earth' })).toThrow(
      expect.objectContaining({
        code: 'CAR6009',
        message: expect.stringContaining('"Middle/Earth"'),
      }),
    );
  });
});
