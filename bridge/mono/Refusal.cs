using System;

namespace SonoranBridge
{
    /// <summary>A call that is not done: one sentence for people, and the kind of the fault where it has one.</summary>
    internal sealed class Refusal : Exception
    {
        public readonly string Kind;

        public Refusal(string sentence, string kind = null) : base(sentence)
        {
            Kind = kind;
        }
    }
}
