package io.engram.embedding;

import io.engram.memory.SimilarityScale;

/**
 * What is known about a model without loading it: its name, its bounds, and what its cosines mean.
 *
 * <p><b>Calibration of {@link #ENCODER}</b>, measured with the vectors that the encoder gives (most of the mean taken off) on English texts
 * of 20 to 600 characters: 2,500 proverbs, jokes and quotations as memories, half of them kept apart from those that the
 * mean was taken from; sentences, single words, runs of three words or six, topics and gibberish as cues.
 *
 * <table>
 * <caption>Cosine of a cue and a memory</caption>
 * <tr><th>cue and memory</th><th>pairs</th><th>median</th><th>99 %</th><th>99.9 %</th><th>0.42 or more</th></tr>
 * <tr><td>sentence, another text</td><td>250,000</td><td>0.12</td><td>0.32</td><td>0.40</td><td>0.05 %</td></tr>
 * <tr><td>one word, a text without it</td><td>373,560</td><td>0.13</td><td>0.28</td><td>0.35</td><td>0.01 %</td></tr>
 * <tr><td>topic, any text</td><td>50,000</td><td>0.13</td><td>0.30</td><td>0.38</td><td>0.05 %</td></tr>
 * <tr><td>gibberish, any text</td><td>116,250</td><td>0.12</td><td>0.25</td><td>0.31</td><td>0.003 %</td></tr>
 * <tr><td>six words, another text</td><td>749,700</td><td>0.12</td><td>0.31</td><td>0.39</td><td>0.05 %</td></tr>
 * <tr><td>one word, a text with it</td><td>1,440</td><td>0.23</td><td>0.51</td><td>0.61</td><td>4 %</td></tr>
 * <tr><td>paraphrase with other words, its text</td><td>116</td><td>0.40</td><td>0.61</td><td></td><td>41 %</td></tr>
 * <tr><td>three key words, their text</td><td>300</td><td>0.42</td><td>0.70</td><td></td><td>50 %</td></tr>
 * <tr><td>six words in a row, their text</td><td>300</td><td>0.48</td><td>0.73</td><td></td><td>67 %</td></tr>
 * <tr><td>the same text</td><td>300</td><td>0.81</td><td>0.94</td><td></td><td>100 %</td></tr>
 * </table>
 *
 * <p>Hence 0 is the median of unrelated texts (0.12), 1 that of a text with itself (0.80), and a match begins at 0.42,
 * where fewer than one unrelated pair in a thousand passes, whether the cue is a word, a sentence or gibberish: short
 * cues need no stricter rule. Most of the few that pass are related after all, such as two versions of one joke. Without
 * the mean taken off, the same rate of false matches let 5 % of the paraphrases pass instead of 41 %. Whoever wants the
 * other paraphrases must rank rather than cut: 107 of 116 come first among the 60 or 56 texts of their set.
 *
 * <p>The model was trained on English. Texts of another language lie nearer to each other (unrelated German sentences:
 * median 0.3, where English ones have 0.1), so that more of them match.
 *
 * <p><b>Calibration of {@link #TABLE}</b>, measured in the same way with 2,000 such texts as memories. It was made without
 * any of them, so that none had to be kept apart.
 *
 * <table>
 * <caption>Cosine of a cue and a memory</caption>
 * <tr><th>cue and memory</th><th>pairs</th><th>median</th><th>99 %</th><th>99.9 %</th><th>0.449 or more</th></tr>
 * <tr><td>sentence, another text</td><td>1,000,000</td><td>0.05</td><td>0.26</td><td>0.39</td><td>0.04 %</td></tr>
 * <tr><td>one word, a text without it</td><td>599,645</td><td>0.01</td><td>0.20</td><td>0.32</td><td>0.02 %</td></tr>
 * <tr><td>topic, any text</td><td>62,000</td><td>0.02</td><td>0.22</td><td>0.41</td><td>0.06 %</td></tr>
 * <tr><td>gibberish, any text</td><td>176,000</td><td>0.03</td><td>0.24</td><td>0.34</td><td>0.006 %</td></tr>
 * <tr><td>six words, another text</td><td>599,700</td><td>0.04</td><td>0.25</td><td>0.40</td><td>0.05 %</td></tr>
 * <tr><td>one word, a text with it</td><td>355</td><td>0.22</td><td>0.71</td><td>0.83</td><td>13 %</td></tr>
 * <tr><td>paraphrase with other words, its text</td><td>111</td><td>0.30</td><td>0.56</td><td></td><td>9 %</td></tr>
 * <tr><td>three key words, their text</td><td>300</td><td>0.53</td><td>0.86</td><td></td><td>71 %</td></tr>
 * <tr><td>six words in a row, their text</td><td>300</td><td>0.52</td><td>0.87</td><td></td><td>63 %</td></tr>
 * <tr><td>the same text</td><td>300</td><td>1.00</td><td></td><td></td><td>100 %</td></tr>
 * </table>
 *
 * <p>It knows words, not what they say together: key words find their text more often than with the encoder, and
 * paraphrases in other words less than a fifth as often. 73 of 111 paraphrases come first among the 60 or 51 texts of
 * their set, where the encoder has 109 of these.
 *
 * @param id the model and the version of everything that shapes its vectors: weights, tokenizer, prefixes, pooling
 * @param dimension values in a vector
 * @param scale the model's calibration
 */
public record EmbeddingModel(String id, int dimension, SimilarityScale scale) {
    /** The encoder {@code e5-small-v2} in int8, on onnxruntime; a match begins at a cosine of 0.42. */
    public static final EmbeddingModel ENCODER = new EmbeddingModel(
            "e5-small-v2-int8@1", OnnxTextEncoder.DIMENSION, new SimilarityScale(0.12f, 0.80f, 0.441f));

    /** The table of word pieces that is made from {@link #ENCODER}, in pure Java. */
    public static final EmbeddingModel TABLE = new EmbeddingModel(
            "e5-small-v2-static-256@1", StaticTable.DIMENSION, new SimilarityScale(0.05f, 1.0f, 0.42f));

    /** Most tokens of a text that are embedded, marks and prefix included; what follows does not count. */
    public static final int MAX_TOKENS = OnnxTextEncoder.MAX_TOKENS;
}
