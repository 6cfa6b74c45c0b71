// Latents of a seed, to the bit those of kgan in Python: NumPy's RandomState (MT19937) in C#.
//
//   float[] z = Kgan.Latents.Draw("normal", 64, 100, 0);  // 64 rows of 100 numbers
//
// card.json of a bundle says what to draw: latent_distribution, latent_arguments.
using System;

namespace Kgan
{
    /// <summary>The stream of numpy.random.RandomState(seed).</summary>
    public sealed class RandomState
    {
        readonly uint[] words = new uint[624];
        int at = 624;
        double? spare; // the polar method draws two at a time

        public RandomState(uint seed)
        {
            words[0] = seed;
            for (uint i = 1; i < 624; i++)
                words[i] = unchecked(1812433253u * (words[i - 1] ^ (words[i - 1] >> 30)) + i);
        }

        public uint Word()
        {
            if (at == 624)
            {
                for (int i = 0; i < 624; i++)
                {
                    uint both = (words[i] & 0x80000000u) | (words[(i + 1) % 624] & 0x7fffffffu);
                    words[i] = words[(i + 397) % 624] ^ (both >> 1) ^ ((both & 1) == 1 ? 0x9908b0dfu : 0u);
                }
                at = 0;
            }
            uint drawn = words[at++];
            drawn ^= drawn >> 11;
            drawn ^= (drawn << 7) & 0x9d2c5680u;
            drawn ^= (drawn << 15) & 0xefc60000u;
            return drawn ^ (drawn >> 18);
        }

        /// <summary>random_sample(): 53 bits, in [0, 1).</summary>
        public double Uniform()
        {
            return ((Word() >> 5) * 67108864.0 + (Word() >> 6)) / 9007199254740992.0;
        }

        /// <summary>standard_normal().</summary>
        public double Normal()
        {
            if (spare.HasValue)
            {
                double kept = spare.Value;
                spare = null;
                return kept;
            }
            while (true)
            {
                double x = 2 * Uniform() - 1, y = 2 * Uniform() - 1, square = x * x + y * y;
                if (square <= 0 || square >= 1) continue;
                double scale = Math.Sqrt(-2 * Math.Log(square) / square);
                spare = scale * x;
                return scale * y;
            }
        }
    }

    /// <summary>Latents as kgan draws them, row by row.</summary>
    public static class Latents
    {
        /// <summary>"normal", "uniform", or "truncated_normal" with its threshold.</summary>
        public static float[] Draw(string distribution, int count, int latentDim, uint seed, double threshold = 0)
        {
            if (distribution != "normal" && distribution != "uniform" && distribution != "truncated_normal")
                throw new ArgumentException(
                    "Expected latents from one of: normal, uniform, truncated_normal. Received: " + distribution + ".");
            if (distribution == "truncated_normal" && !(threshold >= 0.01 && threshold <= 5))
                throw new ArgumentException("Expected threshold in [0.01, 5]. Received: threshold=" + threshold + ".");
            var random = new RandomState(seed);
            var latents = new float[count * latentDim];
            for (int i = 0; i < latents.Length; i++)
            {
                double drawn = distribution == "uniform" ? -1 + 2 * random.Uniform() : random.Normal();
                while (distribution == "truncated_normal" && Math.Abs(drawn) > threshold) drawn = random.Normal();
                latents[i] = (float)drawn;
            }
            return latents;
        }

        /// <summary>"coded": noise, categories as ones among zeros, and numbers in [-1, 1).</summary>
        public static float[] DrawCoded(int count, uint seed, int noise, int[] categorical, int continuous)
        {
            var seeds = new RandomState(seed);
            var ofNoise = new RandomState(seeds.Word());
            var ofNumbers = new RandomState(seeds.Word());
            var ofCategories = Array.ConvertAll(categorical, size => new RandomState(seeds.Word()));
            int latentDim = noise + continuous;
            foreach (int size in categorical) latentDim += size;
            var latents = new float[count * latentDim];
            int at = 0;
            for (int row = 0; row < count; row++)
            {
                for (int i = 0; i < noise; i++) latents[at++] = (float)ofNoise.Normal();
                for (int i = 0; i < categorical.Length; at += categorical[i], i++)
                    latents[at + (int)(ofCategories[i].Uniform() * categorical[i])] = 1;
                for (int i = 0; i < continuous; i++) latents[at++] = (float)(-1 + 2 * ofNumbers.Uniform());
            }
            return latents;
        }
    }
}
