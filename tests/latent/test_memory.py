from restorer.latent.memory import Placement, place, savings

GB = 1 << 30
SD = {"unet": 860_000_000, "vae": 84_000_000, "text_encoder": 123_000_000}
XL = SD | {"unet": 2_570_000_000, "text_encoder_2": 695_000_000}


def test_precision_and_place_follow_what_is_free():
    assert place("cuda", 24 * GB, SD) == Placement("float32", offload=False)
    assert place("cuda", 6 * GB, SD) == Placement("float16", offload=False)
    assert place("cuda", 2 * GB, SD) == Placement("float16", offload=True)
    assert place("cuda", 12 * GB, XL) == Placement("float16", offload=False)
    assert place("cuda", 6 * GB, XL) == Placement("float16", offload=True)
    assert place("cuda", 6 * GB, SD, half="bfloat16").precision == "bfloat16"
    assert place("mps", 24 * GB, SD) == Placement("float16", offload=False)


def test_a_processor_computes_exactly_unless_that_does_not_fit():
    assert place("cpu", 8 * GB, SD) == Placement("float32", offload=False)
    assert place("cpu", 4 * GB, SD) == Placement("bfloat16", offload=False)


def test_large_pictures_save_more():
    roomy = savings(20 * GB, (64, 64), 8, "float16", 64)
    assert (roomy.tile, roomy.tile_vae, roomy.slice_attention) == (96, False, False)
    assert savings(20 * GB, (1024, 1024), 8, "float16", 64).tile_vae
    assert savings(20 * GB, (1024, 1024), 8, "float16", 128).tile == 192


def test_little_memory_saves_on_everything():
    poor = savings(GB / 4, (128, 128), 8, "float16", 128)
    assert (poor.tile, poor.tile_vae, poor.slice_attention) == (64, True, True)


def test_more_memory_never_saves_more():
    plans = [savings(n * GB / 4, (160, 160), 8, "float16", 128) for n in range(1, 60)]
    assert [p.tile for p in plans] == sorted(p.tile for p in plans)
    for quality in ("tile_vae", "slice_attention"):
        values = [getattr(p, quality) for p in plans]
        assert values == sorted(values, reverse=True)
