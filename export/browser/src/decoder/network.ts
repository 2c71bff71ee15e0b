// A small neural network over named features, as in autocomplete/network.py: one layer of rectified units, and the logistic
// function of their sum. Its table is a line for each feature, `out` and `shift`, tabs between.

export class Network {
  readonly #hidden: [string, number[]][];
  readonly #out: number[];
  readonly #shift: number;

  constructor(table: string) {
    const rows = table.trimEnd().split("\n").map((line): [string, number[]] => {
      const [name, ...weights] = line.split("\t");
      return [name, weights.map(Number)];
    }); // prettier-ignore
    this.#hidden = rows.slice(0, -2);
    this.#out = rows[rows.length - 2][1];
    this.#shift = rows[rows.length - 1][1][0];
  }

  of(features: Record<string, number>): number {
    const sum = this.#out.reduce((total, weight, unit) => {
      const value = this.#hidden.reduce((found, [name, weights]) => found + features[name] * weights[unit], 0);
      return total + weight * Math.max(0, value);
    }, this.#shift);
    return 1 / (1 + Math.exp(-sum));
  }
}
