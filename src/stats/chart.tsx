const width = 640;
const height = 110;
const bottom = 20;
const left = 44;

export type Bar = { readonly day: string; readonly count: number };

/** The next round number: what the axis goes up to. */
function topOf(most: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((step) => step * unit).find((top) => top >= most) ?? most;
}

/** A bar a day, the oldest first. Colours come from the style sheet, and a table says the same beside it. */
export function Chart({ bars, title, kind }: { bars: readonly Bar[]; title: string; kind: string }) {
  const top = topOf(Math.max(...bars.map(({ count }) => count), 1));
  const step = (width - left) / bars.length;
  const heightOf = (count: number) => (count / top) * (height - 8);
  return (
    <svg class={`chart ${kind}`} viewBox={`0 0 ${width} ${height + bottom}`} role="img" aria-label={title}>
      {[0, 0.5, 1].map((part) => {
        const y = height - part * (height - 8);
        return (
          <>
            <line x1={left} x2={width} y1={y} y2={y} />
            <text x={left - 6} y={y + 4} text-anchor="end">
              {Number.isInteger(top * part) ? String(top * part) : ""}
            </text>
          </>
        );
      })}
      {bars.map(({ count }, at) => (
        <rect
          x={left + at * step + 2}
          y={height - heightOf(count)}
          width={step - 4}
          height={heightOf(count)}
          rx="2"
        />
      ))}
      {bars.map(({ day }, at) =>
        at % 7 === 0 ? (
          <text x={left + at * step + 2} y={height + bottom - 4}>
            {day.slice(5)}
          </text>
        ) : null,
      )}
    </svg>
  );
}
